/** What a field or an item costs besides its text. */
const EACH_BYTES = 16

/** About how many bytes a value made of objects, lists and texts takes. */
export function sizeOfKept(value: unknown): number {
  if (typeof value === 'string') return EACH_BYTES + value.length
  if (typeof value !== 'object' || value === null) return EACH_BYTES
  if (ArrayBuffer.isView(value)) return EACH_BYTES + value.byteLength
  let sizeBytes = EACH_BYTES
  if (Array.isArray(value)) {
    for (const item of value) sizeBytes += sizeOfKept(item)
    return sizeBytes
  }
  for (const [name, field] of Object.entries(value)) sizeBytes += name.length + sizeOfKept(field)
  return sizeBytes
}
