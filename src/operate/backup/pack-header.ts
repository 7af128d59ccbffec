/** What is in a pack, in the order of its contents. */
export interface PackHeader {
  readonly files: readonly PackedFile[]
}

export interface PackedFile {
  /** Relative, with `/`. */
  readonly name: string
  readonly size: number
  /** Permissions. */
  readonly mode: number
}

export function isPackHeader(value: unknown): value is PackHeader {
  return (
    typeof value === 'object' &&
    value !== null &&
    'files' in value &&
    Array.isArray(value.files) &&
    value.files.every(isPackedFile)
  )
}

function isPackedFile(value: unknown): value is PackedFile {
  if (typeof value !== 'object' || value === null) return false
  if (!('name' in value && 'size' in value && 'mode' in value)) return false
  const { name, size, mode } = value
  return typeof name === 'string' && isCount(size) && isCount(mode)
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}
