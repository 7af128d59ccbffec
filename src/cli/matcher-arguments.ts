import { parseAlertMatcher } from '../lang/alert-matchers/parse.ts'
import { matcher, type Matcher } from '../model/matcher.ts'
import { UsageError } from './usage-error.ts'

/** Matchers as arguments, as `amtool` reads them: a bare first word is the name of an alert. */
export function readMatcherArguments(texts: readonly string[]): readonly Matcher[] {
  return texts.flatMap((text, at) => {
    if (at === 0 && !/[=!~{}"]/.test(text)) return [matcher('alertname', '=', text)]
    const parsed = parseAlertMatcher(text)
    if (!parsed.ok)
      throw new UsageError(
        `${JSON.stringify(text)} is no matcher such as severity=critical: ${parsed.message}`,
      )
    return parsed.matchers
  })
}
