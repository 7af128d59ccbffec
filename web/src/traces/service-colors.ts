import { seriesColor, type Scheme } from '../charts/palette.ts'

const COLORS = 12

/**
 * A colour for each service: by its name, so that it is the same in every trace, unless another one of the trace has it already and
 * there is one left.
 */
export function serviceColors(services: readonly string[], scheme: Scheme): readonly string[] {
  const taken = new Set<number>()
  return services.map((name) => {
    let color = hash(name) % COLORS
    for (let i = 0; i < COLORS && taken.has(color); i++) color = (color + 1) % COLORS
    taken.add(color)
    return seriesColor(color, scheme)
  })
}

/** FNV-1a. */
function hash(text: string): number {
  let found = 0x811c9dc5
  for (let i = 0; i < text.length; i++)
    found = Math.imul(found ^ text.charCodeAt(i), 0x01000193) >>> 0
  return found
}
