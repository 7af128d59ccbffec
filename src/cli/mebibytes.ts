/** A size in one unit, so that those below each other compare: `1,234.5 MiB`. */
export function mebibytes(bytes: number): string {
  return `${(bytes / 1024 ** 2).toLocaleString('en-US', { maximumFractionDigits: 1 })} MiB`
}
