import type { HeaderCondition, HttpProbe } from './http-module.ts'
import type { TripAnswer } from './http-trip.ts'
import type { ProbeReport } from './probe-report.ts'

/** Whether the status is one of the valid ones. */
export function checkStatus(status: number, probe: HttpProbe, report: ProbeReport): boolean {
  const { validStatusCodes } = probe
  if (validStatusCodes.length > 0) {
    if (validStatusCodes.includes(status)) return true
    return report.fail(`status ${status} is none of ${validStatusCodes.join(', ')}`)
  }
  if (status >= 200 && status < 300) return true
  return report.fail(`status ${status} is not 2xx`)
}

/** Whether the headers are as the module wants them; told as `probe_failed_due_to_regex`. */
export function checkHeaders(
  headers: TripAnswer['headers'],
  { failIfHeaderMatches, failIfHeaderNotMatches }: HttpProbe,
  report: ProbeReport,
): boolean {
  if (failIfHeaderMatches.length === 0 && failIfHeaderNotMatches.length === 0) return true
  const reason =
    firstReason(failIfHeaderMatches, headers, (isMatch, header) =>
      isMatch ? `the header ${header} matches` : undefined,
    ) ??
    firstReason(failIfHeaderNotMatches, headers, (isMatch, header) =>
      isMatch ? undefined : `the header ${header} does not match`,
    )
  report.set('probe_failed_due_to_regex', reason === undefined ? 0 : 1)
  return reason === undefined ? true : report.fail(reason)
}

function firstReason(
  conditions: readonly HeaderCondition[],
  headers: TripAnswer['headers'],
  judge: (isMatch: boolean, header: string) => string | undefined,
): string | undefined {
  for (const { header, pattern, allowsMissing } of conditions) {
    const values = headers.get(header) ?? []
    if (values.length === 0 && allowsMissing) continue
    if (values.length === 0) return `the header ${header} is missing`
    const isMatch = values.some((value) => pattern.regex.test(value))
    const reason = judge(isMatch, header)
    if (reason !== undefined) return `${reason} ${pattern.source}`
  }
  return undefined
}

/** Whether the body is as the module wants it; told as `probe_failed_due_to_regex`. */
export function checkBody(
  body: { readonly text: string; readonly fault: string | undefined },
  { failIfBodyMatches, failIfBodyNotMatches }: HttpProbe,
  report: ProbeReport,
): boolean {
  if (failIfBodyMatches.length === 0 && failIfBodyNotMatches.length === 0) return true
  const { text, fault } = body
  const matching = failIfBodyMatches.find(({ regex }) => regex.test(text))
  const missing = failIfBodyNotMatches.find(({ regex }) => !regex.test(text))
  const reason =
    fault ??
    (matching === undefined ? undefined : `the body matches ${matching.source}`) ??
    (missing === undefined ? undefined : `the body does not match ${missing.source}`)
  report.set('probe_failed_due_to_regex', reason === undefined ? 0 : 1)
  return reason === undefined ? true : report.fail(reason)
}

/** Whether the body has to be kept for `checkBody`. */
export function wantsBody({ failIfBodyMatches, failIfBodyNotMatches }: HttpProbe): boolean {
  return failIfBodyMatches.length + failIfBodyNotMatches.length > 0
}
