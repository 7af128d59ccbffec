import { compileFinder } from '../../model/find-regex.ts'
import type { RegexFind } from '../../model/find-regex.ts'

/**
 * Compiles the regex of a variable: `/pattern/flags`, or a pattern that must fit the whole text. It runs under RE2, which has
 * no lookahead; those at the pattern's beginning (`/^(?!tmp).*$/`), which is where dashboards have them, are judged by
 * themselves. Throws `RegexError` for everything else that RE2 refuses.
 */
export function compileVariableRegex(regex: string): (text: string) => RegexFind[] {
  const slashed = /^\/(.*)\/([dgimsuy]*)$/s.exec(regex)
  const flags = slashed?.[2] ?? ''
  const { ahead, rest } = takeLookaheads(slashed ? (slashed[1] ?? '') : regex)
  const whole = slashed ? rest : `^(?:${rest})$`
  const finder = compileFinder(ahead.length > 0 ? `^(?:${rest})` : whole, flags)
  const tests = ahead.map(({ pattern, isNegative }) => {
    const one = compileFinder(`^(?:${pattern})`, flags.replaceAll('g', ''))
    return (text: string) => one.find(text).length > 0 !== isNegative
  })
  return (text) => (tests.every((test) => test(text)) ? finder.find(text) : [])
}

interface Lookahead {
  readonly pattern: string
  readonly isNegative: boolean
}

/** The lookaheads that follow the pattern's `^`, and what follows them. */
function takeLookaheads(pattern: string): { ahead: Lookahead[]; rest: string } {
  if (!/^\^\(\?[!=]/.test(pattern)) return { ahead: [], rest: pattern }
  const ahead: Lookahead[] = []
  let at = 1
  while (/^\(\?[!=]/.test(pattern.slice(at, at + 3))) {
    const end = closingParenthesis(pattern, at)
    if (end === undefined) return { ahead: [], rest: pattern }
    ahead.push({ pattern: pattern.slice(at + 3, end), isNegative: pattern[at + 2] === '!' })
    at = end + 1
  }
  return { ahead, rest: pattern.slice(at) }
}

function closingParenthesis(pattern: string, open: number): number | undefined {
  let depth = 0
  let inClass = false
  for (let i = open; i < pattern.length; i++) {
    const char = pattern[i]
    if (char === '\\') i++
    else if (inClass) inClass = char !== ']'
    else if (char === '[') inClass = true
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) return i
  }
  return undefined
}
