import type { RegexFind } from '../../model/find-regex.ts'
import { compileVariableRegex } from './variable-regex.ts'

/** A regex of a dashboard: of overrides, mappings and transformations. */
export interface Pattern {
  test(text: string): boolean
  /** As JavaScript's `replace`: `$1`, `$<name>`, `$&` and `$$` are understood; the flag `g` replaces all. */
  replace(text: string, by: string): string
}

/**
 * Compiles `/pattern/flags`, or a pattern alone, which may fit anywhere (Grafana's `stringToJsRegex`), under RE2: no dashboard
 * can make it run long. Undefined for what RE2 refuses, which fits nothing then.
 */
export function compilePattern(pattern: string): Pattern | undefined {
  const slashed = /^\/.*\/[dgimsuy]*$/s.test(pattern) ? pattern : `/${pattern}/`
  let find: (text: string) => RegexFind[]
  try {
    find = compileVariableRegex(slashed)
  } catch {
    return undefined
  }
  return {
    test: (text) => find(text).length > 0,
    replace: (text, by) => {
      let out = ''
      let end = 0
      for (const found of find(text)) {
        const [whole = ''] = found.groups
        out += text.slice(end, found.index) + fillIn(by, found)
        end = found.index + whole.length
      }
      return out + text.slice(end)
    },
  }
}

function fillIn(by: string, { groups, named }: RegexFind): string {
  return by.replaceAll(
    /\$(?:(\$)|(&)|(\d{1,2})|<([^>]*)>)/g,
    (all: string, dollar?: string, whole?: string, digits?: string, name?: string) => {
      if (dollar !== undefined) return '$'
      if (whole !== undefined) return groups[0] ?? ''
      if (digits !== undefined) {
        const at = Number(digits)
        return at === 0 || at >= groups.length ? all : (groups[at] ?? '')
      }
      return named[name ?? ''] ?? ''
    },
  )
}
