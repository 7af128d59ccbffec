import { counter, gauge, type FamilyCollection, type FamilyHead } from '../families.ts'
import { toNumber } from '../fields.ts'

/** One sensor of a chip: `temp1` with `input`, `crit`, `label`; a file without a property has the key ''. */
export interface Sensor {
  /** Type and number. */
  readonly name: string
  readonly type: string
  readonly properties: Map<string, string>
}

/** Lower case, with `_` for what a metric name cannot hold, and none at the ends. */
export function cleanName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9:_]/g, '_')
    .replace(/^_+|_+$/g, '')
}

const LABEL = gauge('node_hwmon_sensor_label', 'Label for given chip and sensor')
const BEEP_ENABLED = gauge('node_hwmon_beep_enabled', 'Hardware beep enabled')
const REGULATOR = gauge('node_hwmon_voltage_regulator_version', 'Hardware voltage regulator')
const UPDATE_INTERVAL = gauge(
  'node_hwmon_update_interval_seconds',
  'Hardware monitor update interval',
)
const GPU_FREQUENCY = 'Hardware monitor for GPU frequency in MHz'

/** How one property is written: its family, and by what the kernel's number is multiplied or divided. */
interface Scaled {
  readonly head: FamilyHead
  readonly scale: (value: number) => number
}

const asIs = (value: number): number => value
const milli = (value: number): number => value * 0.001
const micro = (value: number): number => value / 1_000_000

/** Units by type of sensor (Documentation/hwmon/sysfs-interface.rst); undefined for what has none. */
function inUnits(type: string, element: string, name: string): Scaled | undefined {
  switch (type) {
    case 'in':
    case 'cpu':
      return {
        head: gauge(`${name}_volts`, `Hardware monitor for voltage (${element})`),
        scale: milli,
      }
    case 'temp': {
      if (element === 'type') return undefined
      const help = `Hardware monitor for temperature (${element === '' ? 'input' : element})`
      return { head: gauge(`${name}_celsius`, help), scale: milli }
    }
    case 'curr':
      return {
        head: gauge(`${name}_amps`, `Hardware monitor for current (${element})`),
        scale: milli,
      }
    case 'energy': {
      const help = `Hardware monitor for joules used so far (${element})`
      return { head: counter(`${name}_joule_total`, help), scale: micro }
    }
    case 'power':
      return inPowerUnits(element, name)
    case 'humidity': {
      const help = `Hardware monitor for humidity, as a ratio (multiply with 100.0 to get the humidity as a percentage) (${element})`
      return { head: gauge(name, help), scale: micro }
    }
    case 'fan': {
      if (!['input', 'min', 'max', 'target'].includes(element)) return undefined
      const help = `Hardware monitor for fan revolutions per minute (${element})`
      return { head: gauge(`${name}_rpm`, help), scale: asIs }
    }
    default:
      return undefined
  }
}

function inPowerUnits(element: string, name: string): Scaled {
  if (element === 'accuracy') {
    const help = 'Hardware monitor power meter accuracy, as a ratio'
    return { head: gauge(name, help), scale: micro }
  }
  if (/^average_interval(?:_min|_max)?$/.test(element)) {
    const help = `Hardware monitor power usage update interval (${element})`
    return { head: gauge(`${name}_seconds`, help), scale: milli }
  }
  const help = `Hardware monitor for power usage in watts (${element})`
  return { head: gauge(`${name}_watt`, help), scale: micro }
}

function describe(sensor: Sensor, element: string): Scaled {
  const { type, properties } = sensor
  let name = `node_hwmon_${type}`
  if (element === 'input') {
    // The input is the value itself, unless there is a file for that already.
    if (properties.has('')) name += '_input'
  } else if (element !== '') {
    name += `_${cleanName(element)}`
  }
  if (element === 'fault' || element === 'alarm') {
    return { head: gauge(name, `Hardware sensor ${element} status (${type})`), scale: asIs }
  }
  if (element === 'beep') {
    const help = 'Hardware monitor sensor has beeping enabled'
    return { head: gauge(`${name}_enabled`, help), scale: asIs }
  }
  const plain = gauge(name, `Hardware monitor ${type} element ${element}`)
  return inUnits(type, element, name) ?? { head: plain, scale: asIs }
}

/** Types that are one number, with a name of their own. */
function addWhole(out: FamilyCollection, sensor: Sensor, labels: readonly string[]): boolean {
  const value = toNumber(sensor.properties.get(''))
  if (sensor.type === 'beep_enable') {
    out.add(BEEP_ENABLED, value === 1 ? 1 : 0, labels)
  } else if (sensor.type === 'vrm') {
    if (value !== undefined) out.add(REGULATOR, value, labels)
  } else if (sensor.type === 'update_interval') {
    if (value !== undefined) out.add(UPDATE_INTERVAL, value * 0.001, labels)
  } else {
    return false
  }
  return true
}

/** Adds everything that a sensor tells. */
export function addSensor(out: FamilyCollection, chip: string, sensor: Sensor): void {
  const labels = ['chip', chip, 'sensor', sensor.name]
  const label = sensor.properties.get('label')
  if (label !== undefined) {
    out.add(LABEL, 1, ['chip', chip, 'label', label, 'sensor', sensor.name])
  }
  if (addWhole(out, sensor, labels)) return
  for (const [element, text] of sensor.properties) {
    const value = toNumber(text)
    if (element === 'label' || value === undefined) continue
    if (sensor.type === 'freq' && element === 'input') {
      if (label === undefined) continue
      const suffix = sensor.properties.has('') ? '_input' : ''
      const head = gauge(`node_hwmon_freq${suffix}_freq_mhz`, GPU_FREQUENCY)
      out.add(head, value / 1_000_000, ['chip', chip, 'sensor', cleanName(label)])
      continue
    }
    const { head, scale } = describe(sensor, element)
    out.add(head, scale(value), labels)
  }
}
