import { NoData, type CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { toNumber } from '../fields.ts'
import { isMissing, listNames, readAttribute } from '../files.ts'

const NUMBERS = [
  ['bootstatus', 'bootstatus'],
  ['fw_version', 'fw_version'],
  ['nowayout', 'nowayout'],
  ['timeleft', 'timeleft_seconds'],
  ['timeout', 'timeout_seconds'],
  ['pretimeout', 'pretimeout_seconds'],
  ['access_cs0', 'access_cs0'],
].map(([file = '', name = '']) => ({
  file,
  head: gauge(`node_watchdog_${name}`, `Value of /sys/class/watchdog/<watchdog>/${file}`),
}))
const INFO = gauge('node_watchdog_info', 'Info of /sys/class/watchdog/<watchdog>')

export const watchdog: CollectorKind = {
  name: 'watchdog',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/class/watchdog`
    const list = (): string[] => {
      try {
        return listNames(folder)
      } catch (error) {
        if (isMissing(error)) throw new NoData('there is no watchdog')
        throw error
      }
    }
    return (out) => {
      for (const name of list()) {
        const get = (file: string): string => readAttribute(`${folder}/${name}/${file}`) ?? ''
        for (const { file, head } of NUMBERS) {
          const value = toNumber(readAttribute(`${folder}/${name}/${file}`))
          if (value !== undefined) out.add(head, value, ['name', name])
        }
        out.add(INFO, 1, [
          ...['identity', get('identity'), 'name', name, 'options', get('options')],
          ...['pretimeout_governor', get('pretimeout_governor'), 'state', get('state')],
          ...['status', get('status')],
        ])
      }
    }
  },
}
