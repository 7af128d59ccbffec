import type { CollectorKind } from '../collector.ts'
import { gauge } from '../families.ts'
import { splitFields } from '../fields.ts'
import { listNumbered, readText } from '../files.ts'
import { zoneName } from '../time-zone.ts'

const NOW = gauge('node_time_seconds', 'System time in seconds since epoch (1970).')
const ZONE = gauge('node_time_zone_offset_seconds', 'System time zone offset in seconds.')
const AVAILABLE = gauge(
  'node_time_clocksource_available_info',
  "Available clocksources read from '/sys/devices/system/clocksource'.",
)
const CURRENT = gauge(
  'node_time_clocksource_current_info',
  "Current clocksource read from '/sys/devices/system/clocksource'.",
)

export const time: CollectorKind = {
  name: 'time',
  enabledByDefault: true,
  create: ({ options }) => {
    const folder = `${options.paths.sysfs}/devices/system/clocksource`
    return (out) => {
      const now = new Date()
      const offsetSeconds = 0 - now.getTimezoneOffset() * 60
      out.add(NOW, now.getTime() / 1000)
      out.add(ZONE, offsetSeconds, ['time_zone', zoneName(offsetSeconds)])
      for (const [i, name] of listNumbered(folder, 'clocksource').entries()) {
        const device = String(i)
        for (const source of splitFields(readText(`${folder}/${name}/available_clocksource`))) {
          out.add(AVAILABLE, 1, ['clocksource', source, 'device', device])
        }
        const current = readText(`${folder}/${name}/current_clocksource`).trim()
        out.add(CURRENT, 1, ['clocksource', current, 'device', device])
      }
    }
  },
}
