/** The id of a row in hex, of a column that has `width` bytes a row; the empty text for zeros. */
export function hexAt(column: Uint8Array, row: number, width: number): string {
  const text = Buffer.from(column.subarray(row * width, (row + 1) * width)).toString('hex')
  return /^0*$/.test(text) ? '' : text
}
