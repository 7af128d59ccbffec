import { NoData, type CollectorKind, type HostContext } from '../collector.ts'
import { gauge, type FamilyCollection, type FamilyHead } from '../families.ts'
import { toNumber } from '../fields.ts'
import { isMissing, listNames } from '../files.ts'
import { compileSearch } from '../name-filter.ts'

const INFO = gauge('node_power_supply_info', 'info of /sys/class/power_supply/<power_supply>.')

interface Attribute {
  readonly file: string
  readonly head: FamilyHead
  readonly divisor: number
}

/** `file` or `file=name`; sysfs counts in millionths of volts, amperes and watts, and in tenths of degrees. */
function attributes(divisor: number, list: string): Attribute[] {
  return list.split(' ').map((entry) => {
    const [file = '', name = file] = entry.split('=')
    const help = `${name} value of /sys/class/power_supply/<power_supply>.`
    return { file, head: gauge(`node_power_supply_${name}`, help), divisor }
  })
}

const NUMBERS: readonly Attribute[] = [
  ...attributes(
    1,
    'authentic calibrate capacity capacity_alert_max capacity_alert_min cycle_count=cyclecount online present time_to_empty_now=time_to_empty_seconds time_to_full_now=time_to_full_seconds',
  ),
  ...attributes(
    1e6,
    'current_boot current_max current_now=current_ampere energy_empty energy_empty_design energy_full energy_full_design energy_now=energy_watthour voltage_boot voltage_max voltage_max_design voltage_min voltage_min_design voltage_now=voltage_volt voltage_ocv charge_control_limit charge_control_limit_max charge_counter charge_empty charge_empty_design charge_full charge_full_design charge_now=charge_ampere charge_term_current constant_charge_current constant_charge_current_max constant_charge_voltage constant_charge_voltage_max precharge_current input_current_limit power_now=power_watt',
  ),
  ...attributes(
    10,
    'temp=temp_celsius temp_alert_max=temp_alert_max_celsius temp_alert_min=temp_alert_min_celsius temp_ambient=temp_ambient_celsius temp_ambient_max=temp_ambient_max_celsius temp_ambient_min=temp_ambient_min_celsius temp_max=temp_max_celsius temp_min=temp_min_celsius',
  ),
]

/** Files that become labels, in the order of the labels. */
const TEXTS = [
  ...['capacity_level', 'charge_type', 'health', 'manufacturer', 'model_name', 'power_supply'],
  ...['scope', 'serial_number', 'status', 'technology', 'type', 'usb_type'],
]

async function addSupply(
  out: FamilyCollection,
  { options, slow }: HostContext,
  supply: string,
  deadlineMs: number,
): Promise<void> {
  const path = `${options.paths.sysfs}/class/power_supply/${supply}`
  const files = new Set(listNames(path))
  const read = async (file: string): Promise<string | undefined> =>
    files.has(file) ? await slow.readAttribute(`${path}/${file}`, deadlineMs) : undefined
  for (const { file, head, divisor } of NUMBERS) {
    const value = toNumber(await read(file))
    if (value !== undefined) out.add(head, value / divisor, ['power_supply', supply])
  }
  const labels: string[] = []
  for (const name of TEXTS) {
    const text = name === 'power_supply' ? supply : ((await read(name)) ?? '')
    if (text !== '') labels.push(name, text)
  }
  out.add(INFO, 1, labels)
}

export const powersupplyclass: CollectorKind = {
  name: 'powersupplyclass',
  enabledByDefault: true,
  create: (host) => {
    const folder = `${host.options.paths.sysfs}/class/power_supply`
    const ignored = compileSearch(
      'collector.powersupply.ignored-supplies',
      host.options.powersupply.ignoredSupplies,
    )
    const list = (): string[] => {
      try {
        return listNames(folder)
      } catch (error) {
        if (isMissing(error)) throw new NoData('there is no power supply')
        throw error
      }
    }
    return async (out, deadlineMs) => {
      for (const supply of list()) {
        if (!ignored(supply)) await addSupply(out, host, supply, deadlineMs)
      }
    }
  },
}
