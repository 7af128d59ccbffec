import type { ExpectedAlert, ExpectedSample } from '../alert/rules/unit-test/read-test-file.ts'
import { printHistogram } from '../lang/promql/histogram-notation.ts'
import type { TestFailure } from '../alert/rules/unit-test/run-test-group.ts'
import { formatDurationMs } from '../model/duration.ts'
import type { Labels } from '../model/labels.ts'

/** What was expected and is not there begins with `-`, what is there and was not expected with `+`. */
export function describeTestFailure(failure: TestFailure): readonly string[] {
  switch (failure.kind) {
    case 'rule': {
      const time = formatDurationMs(failure.atMs)
      return [`rule ${failure.rule} at ${time}: ${failure.message}`]
    }
    case 'query': {
      const { test, message } = failure
      const time = formatDurationMs(test.evalTimeMs)
      return [`${test.place}: ${test.expr} at ${time}: ${message}`]
    }
    case 'alerts': {
      const { test, got } = failure
      const head = `${test.place}: alert ${test.alertName} at ${formatDurationMs(test.evalTimeMs)}:`
      return [head, ...indent(compareAlerts(test.expected, got))]
    }
    case 'samples': {
      const { test, got } = failure
      const head = `${test.place}: ${test.expr} at ${formatDurationMs(test.evalTimeMs)}:`
      return [head, ...indent(compareSamples(test.expected, got))]
    }
    default:
      return failure satisfies never
  }
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`)
}

/** Alerts of equal labels are shown by what differs in them, the others whole. */
function compareAlerts(
  expected: readonly ExpectedAlert[],
  got: readonly ExpectedAlert[],
): readonly string[] {
  const rest = [...got]
  const lines: string[] = []
  for (const want of expected) {
    const at = rest.findIndex(({ labels }) => labels.equals(want.labels))
    const [found] = at < 0 ? [] : rest.splice(at, 1)
    if (found === undefined) lines.push(...whole('-', want))
    else if (!found.annotations.equals(want.annotations)) {
      lines.push(
        `  ${want.labels.toString()}`,
        ...compareTexts(want.annotations, found.annotations),
      )
    }
  }
  return [...lines, ...rest.flatMap((alert) => whole('+', alert))]
}

function whole(sign: string, { labels, annotations }: ExpectedAlert): string[] {
  const texts = Object.entries(annotations.toObject())
  return [
    `${sign} ${labels.toString()}`,
    ...texts.map(([name, text]) => `${sign}   ${name}: ${JSON.stringify(text)}`),
  ]
}

function compareTexts(expected: Labels, got: Labels): string[] {
  const names = new Set([...Object.keys(expected.toObject()), ...Object.keys(got.toObject())])
  return [...names].sort().flatMap((name) => {
    const [want, found] = [expected.get(name), got.get(name)]
    if (want === found) return []
    const line = (sign: string, text: string): string[] =>
      text === '' ? [] : [`${sign}   ${name}: ${JSON.stringify(text)}`]
    return line('-', want).concat(line('+', found))
  })
}

/** Only what differs: equal samples of both sides are left out, and counted. */
function compareSamples(
  expected: readonly ExpectedSample[],
  got: readonly ExpectedSample[],
): readonly string[] {
  const show = ({ labels, value, histogram }: ExpectedSample): string =>
    `${labels.toString()} ${histogram === undefined ? value : printHistogram(histogram)}`
  const rest = got.map(show)
  const missing: string[] = []
  let equal = 0
  for (const want of expected.map(show)) {
    const at = rest.indexOf(want)
    if (at < 0) missing.push(want)
    else {
      rest.splice(at, 1)
      equal++
    }
  }
  return [
    ...missing.map((text) => `- ${text}`),
    ...rest.map((text) => `+ ${text}`),
    ...(equal === 0 ? [] : [`  (${equal} more as expected)`]),
  ]
}
