import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { NoData, type CollectorKind, type HostContext } from '../collector.ts'
import { gauge, type FamilyCollection } from '../families.ts'
import { isMissing, readAttribute } from '../files.ts'
import { compileFilter } from '../name-filter.ts'
import { addSensor, cleanName, type Sensor } from './hwmon-sensor.ts'

const CHIP_NAMES = gauge('node_hwmon_chip_names', 'Annotation metric for human-readable chip names')

const SENSOR_TYPES: ReadonlySet<string> = new Set([
  ...['vrm', 'beep_enable', 'update_interval', 'in', 'cpu', 'fan', 'pwm', 'temp', 'curr'],
  ...['power', 'energy', 'humidity', 'intrusion', 'freq'],
])

/** `temp1_crit_alarm` is type temp, number 1, property crit_alarm; a type may stand alone (`beep_enable`). */
const FILE_NAME = /^([^0-9]+)([0-9]*)(?:_(.+))?$/

/** One folder of /sys/class/hwmon. */
interface Chip {
  readonly folder: string
  /** From the device's place, which is stable; the folder's number is not. */
  readonly baseName: string
  readonly nameFile: string
}

/** The name of a chip by its device (`platform_coretemp_0`), else by its name file, else by its folder. */
function deriveName(folder: string): string {
  try {
    const parts = realpathSync.native(`${folder}/device`).split('/')
    const name = cleanName(parts[parts.length - 1] ?? '')
    const bus = cleanName(parts[parts.length - 2] ?? '')
    if (name !== '') return bus === '' ? name : `${bus}_${name}`
  } catch {
    // No device: a virtual sensor.
  }
  const fromFile = cleanName(readAttribute(`${folder}/name`) ?? '')
  return fromFile === '' ? cleanName(realpathSync.native(folder).split('/').pop() ?? '') : fromFile
}

function listChips(root: string): Chip[] {
  let names: string[]
  try {
    names = readdirSync(root).sort()
  } catch (error) {
    if (isMissing(error)) throw new NoData('there are no sensors')
    throw error
  }
  const chips: Chip[] = []
  for (const name of names) {
    const folder = `${root}/${name}`
    if (!existsSync(`${folder}/.`)) continue
    const baseName = deriveName(folder)
    if (baseName === '') continue
    chips.push({ folder, baseName, nameFile: readAttribute(`${folder}/name`) ?? '' })
  }
  return chips
}

/** Chips of one device share its name: then the name file, or failing that the folder, tells them apart. */
function uniqueName(chip: Chip, all: readonly Chip[]): string {
  const alike = all.filter((other) => other.baseName === chip.baseName)
  if (alike.length === 1) return chip.baseName
  const suffix = cleanName(chip.nameFile)
  const unique = alike.filter((other) => other.nameFile === chip.nameFile).length === 1
  const last = suffix !== '' && unique ? suffix : cleanName(chip.folder.split('/').pop() ?? '')
  return `${chip.baseName}_${last}`
}

/** Reads the sensors of a folder; what a device's own folder says wins over the chip's. */
async function readSensors(
  { slow }: HostContext,
  folder: string,
  sensors: Map<string, Sensor>,
  deadlineMs: number,
): Promise<void> {
  for (const file of readdirSync(folder)) {
    const found = FILE_NAME.exec(file)
    const type = found?.[1] ?? ''
    if (!found || !SENSOR_TYPES.has(type)) continue
    const text = await slow.readAttribute(`${folder}/${file}`, deadlineMs)
    if (text === undefined) continue
    const name = type + String(Number(found[2]))
    let sensor = sensors.get(name)
    if (!sensor) sensors.set(name, (sensor = { name, type, properties: new Map() }))
    sensor.properties.set(found[3] ?? '', text)
  }
}

export const hwmon: CollectorKind = {
  name: 'hwmon',
  enabledByDefault: true,
  create: (host) => {
    const root = `${host.options.paths.sysfs}/class/hwmon`
    const ignoredChip = compileFilter('collector.hwmon.chip', host.options.hwmon.chips)
    const ignoredSensor = compileFilter('collector.hwmon.sensor', host.options.hwmon.sensors)

    const addChip = async (
      out: FamilyCollection,
      { folder, nameFile }: Chip,
      chip: string,
      deadlineMs: number,
    ): Promise<void> => {
      const sensors = new Map<string, Sensor>()
      await readSensors(host, folder, sensors, deadlineMs)
      if (existsSync(`${folder}/device`)) {
        await readSensors(host, `${folder}/device`, sensors, deadlineMs)
      }
      const chipName = cleanName(nameFile)
      if (chipName !== '') out.add(CHIP_NAMES, 1, ['chip', chip, 'chip_name', chipName])
      for (const sensor of sensors.values()) {
        if (!ignoredSensor(`${chip};${sensor.name}`)) addSensor(out, chip, sensor)
      }
    }
    return async (out, deadlineMs) => {
      const chips = listChips(root)
      for (const chip of chips) {
        const name = uniqueName(chip, chips)
        if (!ignoredChip(name)) await addChip(out, chip, name, deadlineMs)
      }
    }
  },
}
