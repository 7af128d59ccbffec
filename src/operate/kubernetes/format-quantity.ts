const UNITS = ['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi'] as const

/** Whole bytes as a quantity of Kubernetes, in the largest binary unit that holds them exactly: `57Gi`. */
export function formatQuantity(sizeBytes: number): string {
  let count = sizeBytes
  let unit = 0
  while (unit < UNITS.length - 1 && count !== 0 && count % 1024 === 0) {
    count /= 1024
    unit++
  }
  return `${count}${UNITS[unit] ?? ''}`
}
