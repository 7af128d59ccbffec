import { NoData, type CollectorKind } from '../collector.ts'
import { gauge, type FamilyCollection } from '../families.ts'
import { parseCount, splitFields } from '../fields.ts'
import { isMissing, listNamesIfPresent, readAttribute, readText } from '../files.ts'

const STATE = gauge('node_md_state', 'Indicates the state of md-device.')
const DISKS = gauge('node_md_disks', 'Number of active/failed/spare disks of device.')
const DISKS_REQUIRED = gauge('node_md_disks_required', 'Total number of disks of device.')
const BLOCKS = gauge('node_md_blocks', 'Total number of blocks on device.')
const BLOCKS_SYNCED = gauge('node_md_blocks_synced', 'Number of blocks synced on device.')
const RAID_DISKS = gauge('node_md_raid_disks', 'Number of raid disks on device.')
const DEGRADED = gauge('node_md_degraded', 'Number of degraded disks on device.')

/** One array of /proc/mdstat. */
interface Array {
  readonly name: string
  readonly state: string
  readonly active: number
  readonly failed: number
  readonly spare: number
  readonly total: number
  readonly blocks: number
  readonly blocksSynced: number
}

/** The states of node_md_state, and what an array in it is called here. */
const STATES = [
  ['active', 'active'],
  ['inactive', 'inactive'],
  ['recovering', 'recovering'],
  ['resync', 'resyncing'],
  ['check', 'checking'],
] as const

const countOf = (text: string, part: string): number => text.split(part).length - 1

/** The word of a progress line (`resync = 18.5%`, `check=DELAYED`), most specific first, and the state it means. */
function stateOfProgress(line: string): string | undefined {
  if (line.includes('recovery')) return 'recovering'
  if (line.includes('reshape')) return 'reshaping'
  if (line.includes('check')) return 'checking'
  return line.includes('resync') ? 'resyncing' : undefined
}

/** Active and required disks, from `[4/3] [UUU_]` or, for arrays without redundancy, from the list of devices. */
function countDisks(device: string, status: string): { active: number; total: number } {
  if (device.includes('raid0') || device.includes('linear')) {
    const total = countOf(device, '[')
    return { active: total, total }
  }
  if (device.includes('inactive')) return { active: 0, total: 0 }
  const found = /blocks .*\[(\d+)\/(\d+)\] \[[U_]+\]/.exec(status)
  if (!found) throw new Error(`mdstat: not a status: ${JSON.stringify(status)}`)
  return { active: Number(found[2]), total: Number(found[1]) }
}

/** Reads an array of three or four lines: its devices, its size, perhaps a bitmap, perhaps a progress. */
function parseArray(lines: readonly string[], at: number): Array {
  const device = lines[at] as string
  const fields = splitFields(device)
  const status = lines[at + 1] ?? ''
  const third = lines[at + 2] ?? ''
  const progress = (third.includes('bitmap') ? lines[at + 3] : third) ?? ''
  const name = fields[0] ?? ''
  const blocks = parseCount(splitFields(status)[0], `mdstat: ${name}`)
  const moving = stateOfProgress(progress)
  let blocksSynced = blocks
  if (moving !== undefined) {
    const waits = progress.includes('PENDING') || progress.includes('DELAYED')
    blocksSynced = waits ? 0 : parseCount(/\((\d+)\/\d+\)/.exec(progress)?.[1], `mdstat: ${name}`)
  }
  return {
    name,
    state: moving ?? fields[2] ?? '',
    ...countDisks(device, status),
    failed: countOf(device, '(F)'),
    spare: countOf(device, '(S)'),
    blocks,
    blocksSynced,
  }
}

/** The arrays of /proc/mdstat; throws an Error for one that cannot be understood. */
export function parseMdstat(text: string): Array[] {
  const lines = text.split('\n')
  const out: Array[] = []
  for (const [i, line] of lines.entries()) {
    const skipped = line.trim() === '' || line.startsWith(' ') || line.startsWith('\t')
    if (skipped || line.startsWith('Personalities') || line.startsWith('unused')) continue
    out.push(parseArray(lines, i))
  }
  return out
}

function addArray(out: FamilyCollection, array: Array): void {
  const labels = ['device', array.name]
  out.add(DISKS_REQUIRED, array.total, labels)
  out.add(DISKS, array.active, [...labels, 'state', 'active'])
  out.add(DISKS, array.failed, [...labels, 'state', 'failed'])
  out.add(DISKS, array.spare, [...labels, 'state', 'spare'])
  for (const [state, word] of STATES) {
    out.add(STATE, array.state === word ? 1 : 0, [...labels, 'state', state])
  }
  out.add(BLOCKS, array.blocks, labels)
  out.add(BLOCKS_SYNCED, array.blocksSynced, labels)
}

/** Kinds of arrays that only hold others, and own no disks. */
const CONTAINERS: ReadonlySet<string> = new Set(['', 'container', 'imsm', 'ddf'])

function addFromSys(out: FamilyCollection, folder: string): void {
  for (const device of listNamesIfPresent(folder)) {
    if (!device.startsWith('md')) continue
    const level = readAttribute(`${folder}/${device}/md/level`)
    if (level === undefined) continue
    // During a reshape the file says "11 (10)": now and before.
    const disks = /^\d+/.exec(readAttribute(`${folder}/${device}/md/raid_disks`) ?? '')?.[0]
    if (!CONTAINERS.has(level) && disks !== undefined) {
      out.add(RAID_DISKS, Number(disks), ['device', device])
    }
    const degraded = readAttribute(`${folder}/${device}/md/degraded`)
    out.add(DEGRADED, Number(degraded ?? 0), ['device', device])
  }
}

export const mdadm: CollectorKind = {
  name: 'mdadm',
  enabledByDefault: true,
  create: ({ options }) => {
    const { procfs, sysfs } = options.paths
    const read = (): string => {
      try {
        return readText(`${procfs}/mdstat`)
      } catch (error) {
        if (isMissing(error)) throw new NoData('the md driver is not loaded')
        throw error
      }
    }
    return (out) => {
      for (const array of parseMdstat(read())) addArray(out, array)
      addFromSys(out, `${sysfs}/block`)
    }
  },
}
