/**
 * The time that a range of a file was given: a line without a time of its own that begins at byte `offset` of it has
 * `baseNs + (offset - from)`. Ranges begin and end where lines do.
 */
export interface Mark {
  readonly from: number
  readonly to: number
  readonly baseNs: bigint
}

/** The first bytes of a file, by which it is told from another one that has its inode now. */
export interface FileHead {
  readonly sizeBytes: number
  readonly sha1: string
}

/** How far a file is read. */
export interface FilePosition {
  readonly id: number
  /** The job and the labels that its lines have. */
  readonly target: string
  /** Where it was last. */
  path: string
  /** Digits: inodes may be larger than what a double holds. */
  readonly inode: string
  head: FileHead
  /** Everything before is stored. */
  offset: number
  /** Of what was read behind `offset`, in order. */
  marks: Mark[]
  /** When it was last in its place, Unix milliseconds. */
  seenMs: number
}

/** A change of what is known, as a line of the journal. */
export type PositionChange =
  | { readonly kind: 'file'; readonly position: FilePosition }
  | { readonly kind: 'mark'; readonly id: number; readonly mark: Mark }
  | { readonly kind: 'offset'; readonly id: number; readonly offset: number }
  | { readonly kind: 'drop'; readonly id: number }
  /** An empty cursor is forgotten. */
  | { readonly kind: 'cursor'; readonly key: string; readonly cursor: string }

/** One line, without its line break. */
export function encodeChange(change: PositionChange): string {
  return JSON.stringify(change, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}

/** Undefined for a line that is not a change: the last one of a crash may be torn. */
export function decodeChange(line: string): PositionChange | undefined {
  const value = parse(line)
  if (!isRecord(value)) return undefined
  const { kind, id, offset, key, cursor } = value
  if (kind === 'cursor' && typeof key === 'string' && typeof cursor === 'string') {
    return { kind, key, cursor }
  }
  if (kind === 'file') {
    const position = readPosition(value['position'])
    return position && { kind, position }
  }
  if (!isCount(id)) return undefined
  if (kind === 'drop') return { kind, id }
  if (kind === 'offset' && isCount(offset)) return { kind, id, offset }
  if (kind === 'mark') {
    const mark = readMark(value['mark'])
    return mark && { kind, id, mark }
  }
  return undefined
}

export function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

export function readPosition(value: unknown): FilePosition | undefined {
  if (!isRecord(value)) return undefined
  const { id, target, path, inode, head, offset, marks, seenMs } = value
  if (!isCount(id) || typeof target !== 'string' || typeof path !== 'string') return undefined
  if (typeof inode !== 'string' || !isCount(offset) || !isRecord(head)) return undefined
  const { sizeBytes, sha1 } = head
  if (!isCount(sizeBytes) || typeof sha1 !== 'string') return undefined
  return {
    ...{ id, target, path, inode, offset, head: { sizeBytes, sha1 } },
    marks: Array.isArray(marks) ? marks.flatMap((mark: unknown) => readMark(mark) ?? []) : [],
    seenMs: isCount(seenMs) ? seenMs : 0,
  }
}

function readMark(value: unknown): Mark | undefined {
  if (!isRecord(value)) return undefined
  const { from, to, baseNs } = value
  if (!isCount(from) || !isCount(to) || typeof baseNs !== 'string') return undefined
  return /^\d{1,19}$/.test(baseNs) ? { from, to, baseNs: BigInt(baseNs) } : undefined
}
