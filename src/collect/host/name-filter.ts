import { Problem, messageOf } from '../../model/problem.ts'
import { compileAnchored } from '../../model/regex.ts'

/** Names come from the kernel (veth interfaces, for one) without end: past this many the memory of verdicts starts afresh. */
const MAX_REMEMBERED = 4096

/**
 * Whether a pattern is found anywhere in a name (Go's Regexp.MatchString, so not anchored), with the verdict remembered for
 * each name. Throws a `Problem` that names the flag when the pattern does not compile.
 */
export function compileSearch(flag: string, pattern: string): (name: string) => boolean {
  let regex
  try {
    regex = compileAnchored(`(?s:.*)(?:${pattern})(?s:.*)`)
  } catch (cause) {
    throw new Problem('bad_data', `--${flag}: ${messageOf(cause)}`, { cause })
  }
  const verdicts = new Map<string, boolean>()
  return (name) => {
    let verdict = verdicts.get(name)
    if (verdict === undefined) {
      if (verdicts.size >= MAX_REMEMBERED) verdicts.clear()
      verdict = regex.test(name)
      verdicts.set(name, verdict)
    }
    return verdict
  }
}

/** An `-exclude` and an `-include` flag; '' means that the flag does not filter. */
export interface NamePatterns {
  readonly exclude: string
  readonly include: string
}

/** Whether a name is filtered out: it matches `exclude`, or there is an `include` that it does not match. */
export function compileFilter(flag: string, patterns: NamePatterns): (name: string) => boolean {
  const { exclude, include } = patterns
  const excluded = exclude === '' ? undefined : compileSearch(`${flag}-exclude`, exclude)
  const included = include === '' ? undefined : compileSearch(`${flag}-include`, include)
  return (name) => excluded?.(name) === true || included?.(name) === false
}
