import { parseAlertMatcher } from '../../lang/alert-matchers/parse.ts'
import type { Matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import { compileAnchored, type AnchoredRegex } from '../../model/regex.ts'
import type { Params } from '../params.ts'

/** go-openapi/swag: what counts as true. */
const YES: ReadonlySet<string> = new Set([
  ...['true', '1', 'yes', 'ok', 'y', 'on', 'selected', 'checked', 't', 'enabled'],
])

/** A parameter that is true unless it says otherwise. */
export function isWanted(params: Params, name: string): boolean {
  const text = params.get(name)
  return text === '' || YES.has(text.toLowerCase())
}

/** The matchers of a repeated parameter; throws `bad_data` with the parser's own words. */
export function readMatchers(params: Params, name: string): readonly Matcher[] {
  return params.all(name).flatMap((text) => {
    const parsed = parseAlertMatcher(text)
    if (parsed.ok) return parsed.matchers
    throw new Problem('bad_data', parsed.message)
  })
}

/** Which receivers are asked for. */
export interface ReceiverFilter {
  readonly pattern: AnchoredRegex | undefined
  readonly matchers: readonly Matcher[]
}

/** `receiver`, a pattern of whole names, and `receiver_matchers`, on their labels. Throws `bad_data`. */
export function readReceiverFilter(params: Params): ReceiverFilter {
  const text = params.get('receiver')
  return {
    pattern: text === '' ? undefined : inWords('receiver', () => compileAnchored(text)),
    matchers: inWords('receiver_matchers', () => readMatchers(params, 'receiver_matchers')),
  }
}

/** Whether a receiver is asked for; labels are its own and `name`. */
export function wantsReceiver(
  { pattern, matchers }: ReceiverFilter,
  name: string,
  labels: Readonly<Record<string, string>>,
): boolean {
  return (
    (pattern === undefined || pattern.test(name)) &&
    matchers.every((each) => each.matches(each.name === 'name' ? name : (labels[each.name] ?? '')))
  )
}

function inWords<T>(param: string, read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown)
    throw new Problem('bad_data', `failed to parse ${param} param: ${reason}`)
  }
}
