import { NoData, type CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { splitFields } from '../fields.ts'
import { readText, readTextIfPresent } from '../files.ts'

const SLAVES = gauge('node_bonding_slaves', 'Number of configured slaves per bonding interface.')
const ACTIVE = gauge('node_bonding_active', 'Number of active slaves per bonding interface.')

export const bonding: CollectorKind = {
  name: 'bonding',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/class/net`
    /** Older kernels link their slaves as `slave_eth0`. */
    const isUp = (master: string, slave: string): boolean => {
      const status = (prefix: string): string | undefined =>
        readTextIfPresent(`${folder}/${master}/${prefix}_${slave}/bonding_slave/mii_status`)
      return (status('lower') ?? status('slave'))?.trim() === 'up'
    }
    return (out) => {
      const masters = readTextIfPresent(`${folder}/bonding_masters`)
      if (masters === undefined) throw new NoData('the bonding driver is not loaded')
      for (const master of splitFields(masters)) {
        const slaves = splitFields(readText(`${folder}/${master}/bonding/slaves`))
        const active = slaves.filter((slave) => isUp(master, slave))
        out.add(SLAVES, slaves.length, ['master', master])
        out.add(ACTIVE, active.length, ['master', master])
      }
    }
  },
}
