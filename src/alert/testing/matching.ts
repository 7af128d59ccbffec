import { expect } from 'vitest'

/** Stands for any text that matches, inside of what is expected; typed, unlike vitest's own. */
export function matching(pattern: RegExp): unknown {
  return expect.stringMatching(pattern)
}
