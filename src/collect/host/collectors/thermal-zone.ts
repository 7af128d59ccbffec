import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { toNumber } from '../fields.ts'
import { listNumbered, readAttribute } from '../files.ts'

const TEMPERATURE = gauge('node_thermal_zone_temp', 'Zone temperature in Celsius')
const CURRENT_STATE = gauge(
  'node_cooling_device_cur_state',
  'Current throttle state of the cooling device',
)
const MAX_STATE = gauge(
  'node_cooling_device_max_state',
  'Maximum throttle state of the cooling device',
)

export const thermalZone: CollectorKind = {
  name: 'thermal_zone',
  enabledByDefault: true,
  create: ({ options, slow }) => {
    const folder = `${options.paths.sysfs}/class/thermal`
    return async (out, deadlineMs) => {
      for (const name of listNumbered(folder, 'thermal_zone')) {
        // A zone whose device is off answers with an error: it has no temperature now.
        const temperature = toNumber(await slow.readAttribute(`${folder}/${name}/temp`, deadlineMs))
        if (temperature === undefined) continue
        const type = readAttribute(`${folder}/${name}/type`) ?? ''
        const zone = name.slice('thermal_zone'.length)
        out.add(TEMPERATURE, temperature / 1000, ['type', type, 'zone', zone])
      }
      for (const name of listNumbered(folder, 'cooling_device')) {
        const path = `${folder}/${name}`
        const type = readAttribute(`${path}/type`) ?? ''
        const labels = ['name', name.slice('cooling_device'.length), 'type', type]
        const current = toNumber(await slow.readAttribute(`${path}/cur_state`, deadlineMs))
        const max = toNumber(await slow.readAttribute(`${path}/max_state`, deadlineMs))
        if (current === undefined || max === undefined) continue
        out.add(CURRENT_STATE, current, labels)
        out.add(MAX_STATE, max, labels)
      }
    }
  },
}
