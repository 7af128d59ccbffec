import { compareBytes } from './utf8.ts'
import type { MapSource } from './value.ts'

/** A map's keys in the order in which Go's templates and fmt go through them. */
export function sortedKeys(source: MapSource): string[] {
  return [...source.keys()].sort(compareBytes)
}
