import type { SearchRegex } from '../../model/regex.ts'
import { compileSearch } from '../../model/regex.ts'
import type { GoFunction } from './function.ts'
import { aString, define } from './function.ts'
import { GoSafe } from './value.ts'

/** How many compiled patterns a table of functions keeps. */
const MAX_PATTERNS = 500

/** The functions that Prometheus and Alertmanager have in common. The compiled patterns are kept with the table. */
export function textFunctions(): [string, GoFunction][] {
  const patterns = new Map<string, SearchRegex>()
  const compile = (source: string): SearchRegex => {
    let pattern = patterns.get(source)
    if (!pattern) {
      pattern = compileSearch(source)
      if (patterns.size >= MAX_PATTERNS) patterns.clear()
      patterns.set(source, pattern)
    }
    return pattern
  }
  return [
    ['toUpper', define([aString], (text) => text.toUpperCase())],
    ['toLower', define([aString], (text) => text.toLowerCase())],
    ['safeHtml', define([aString], (text) => new GoSafe('html', text))],
    ['match', define([aString, aString], (pattern, text) => compile(pattern).test(text))],
    [
      'reReplaceAll',
      define([aString, aString, aString], (source, replacement, text, context) => {
        const pattern = compileOrExplain(compile, source)
        return pattern.replaceAll(text, replacement, context.maxTextLength)
      }),
    ],
  ]
}

/** Go panics on a bad pattern of reReplaceAll, with these words. */
function compileOrExplain(compile: (source: string) => SearchRegex, source: string): SearchRegex {
  try {
    return compile(source)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new Error(`regexp: Compile(\`${source}\`): ${reason}`, { cause })
  }
}

const WORD = /[\p{L}\p{M}\p{N}_]+(?:['’.:·][\p{L}\p{M}\p{N}_]+)*/gu

/** The first letter of each word large (golang.org/x/text/cases.Title); `lowersRest` makes the others small. */
export function toTitle(text: string, lowersRest: boolean): string {
  return text.replace(WORD, (word) => {
    const rest = lowersRest ? word.toLowerCase() : word
    return rest.replace(/\p{L}/u, (letter) => letter.toUpperCase())
  })
}
