const DAY_MS = 86_400_000

/** A part of a table, on the local disk. */
export interface StoredPart {
  readonly table: string
  readonly name: string
  readonly partitionId: string
  /** UTC days since 1970. */
  readonly day: number
  readonly bytes: number
  /** Of its rows; undefined where only their day is known. */
  readonly endMs: number | undefined
  /** Part of its day lies in the archive: then only parts are dropped, never the whole partition. */
  readonly isShared?: boolean
}

/** What is to be dropped. */
export interface Doomed {
  readonly partitions: readonly { readonly table: string; readonly id: string }[]
  readonly parts: readonly { readonly table: string; readonly name: string }[]
  readonly bytes: number
  /** Everything before this goes: milliseconds, 0 for nothing. What came later stays, but for what came in the same parts. */
  readonly untilMs: number
}

/** A day goes as a whole when it holds at most this part of what the signal has. */
const SMALL_DAY = 1 / 4

/**
 * The oldest data of one signal that makes at least `bytes`: whole days, and of a day that holds much of what there is, the last one
 * for example, the parts whose rows ended first. Which rows lie in one part follows from when they came: a part of rows of many
 * times goes with its last one.
 */
export function chooseParts(parts: readonly StoredPart[], bytes: number): Doomed {
  const total = parts.reduce((sum, part) => sum + part.bytes, 0)
  const days = groupBy(parts, (part) => part.day)
  const newest = Math.max(...days.keys())
  const doomed = new Set<StoredPart>()
  let freed = 0
  let untilMs = 0
  for (const day of [...days.keys()].sort((a, b) => a - b)) {
    if (freed >= bytes) break
    const ofDay = days.get(day) ?? []
    const dayBytes = ofDay.reduce((sum, part) => sum + part.bytes, 0)
    if (day < newest && dayBytes <= Math.max(bytes - freed, total * SMALL_DAY)) {
      for (const part of ofDay) doomed.add(part)
      freed += dayBytes
      untilMs = (day + 1) * DAY_MS
      continue
    }
    const cut = cutDay(ofDay, bytes - freed)
    for (const part of cut.parts) doomed.add(part)
    freed += cut.bytes
    untilMs = Math.max(untilMs, cut.untilMs)
    // Of a day that is over nothing is left but what has no time of its own, such as names.
    if (day < newest && ofDay.every((part) => doomed.has(part) || part.endMs === undefined)) {
      for (const part of ofDay) doomed.add(part)
      untilMs = (day + 1) * DAY_MS
    }
  }
  return { ...asStatements(parts, doomed), bytes: bytesOf(doomed), untilMs }
}

/** Parts of one day, first those that ended first, and with the last of them all that ended no later. */
function cutDay(
  parts: readonly StoredPart[],
  bytes: number,
): { readonly parts: readonly StoredPart[]; readonly bytes: number; readonly untilMs: number } {
  const timed = parts
    .flatMap((part) => (part.endMs === undefined ? [] : [{ part, endMs: part.endMs }]))
    .sort((a, b) => a.endMs - b.endMs)
  const taken: StoredPart[] = []
  let freed = 0
  let untilMs = 0
  for (const { part, endMs } of timed) {
    if (freed >= bytes && endMs > untilMs - 1) break
    taken.push(part)
    freed += part.bytes
    untilMs = endMs + 1
  }
  return { parts: taken, bytes: freed, untilMs }
}

/** Whole partitions where all of one goes: that is one step for the engine. */
function asStatements(
  parts: readonly StoredPart[],
  doomed: ReadonlySet<StoredPart>,
): Pick<Doomed, 'partitions' | 'parts'> {
  const partitions: Doomed['partitions'][number][] = []
  const single: Doomed['parts'][number][] = []
  for (const of of groupBy(parts, (part) => `${part.table} ${part.partitionId}`).values()) {
    const going = of.filter((part) => doomed.has(part))
    const [first] = going
    if (first === undefined) continue
    if (going.length === of.length && !of.some((part) => part.isShared === true)) {
      partitions.push({ table: first.table, id: first.partitionId })
    } else for (const { table, name } of going) single.push({ table, name })
  }
  return { partitions, parts: single }
}

function bytesOf(parts: ReadonlySet<StoredPart>): number {
  let sum = 0
  for (const part of parts) sum += part.bytes
  return sum
}

function groupBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const item of items) {
    const key = keyOf(item)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return groups
}
