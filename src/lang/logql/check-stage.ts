import { compileFinder } from '../../model/find-regex.ts'
import { matcher } from '../../model/matcher.ts'
import { compileSearch, RegexError } from '../../model/regex.ts'
import { TemplateError } from '../gotemplate/template-error.ts'
import type { LabelFilter, LabelFormatStage, LineFilter, MatcherNode, Span, Stage } from './ast.ts'
import { parseJsonPath, parseLogfmtKey, PathError } from './extraction-path.ts'
import { parseIpRange } from './ip.ts'
import { parseCapturePattern, parseLinePattern, PatternError } from './pattern.ts'
import { printStage } from './print.ts'
import { lineTemplates, NO_LINE } from './template-functions.ts'

interface StageFault extends Span {
  readonly message: string
}

/** What Loki finds wrong with a stage while it reads a query: patterns of parsers and matchers that do not compile. */
export function checkStage(stage: Stage): StageFault[] {
  const { start, end } = stage
  switch (stage.kind) {
    case 'regexp': {
      const message = explainCaptures(stage.text)
      return message === undefined
        ? []
        : [{ start, end, message: `invalid regexp parser: ${message}` }]
    }
    case 'pattern': {
      const message = explain(() => parseCapturePattern(stage.text))
      return message === undefined
        ? []
        : [{ start, end, message: `invalid pattern parser: ${message}` }]
    }
    case 'label_filter':
      return checkMatchers(stage.filter)
    case 'drop':
    case 'keep':
      return stage.labels.flatMap((label) => (label.matcher ? checkMatcher(label.matcher) : []))
    default:
      return []
  }
}

/** What Loki finds wrong with a stage only when it is to be run: templates, addresses, extractions, texts of line filters. */
export function checkStageToRun(stage: Stage): StageFault[] {
  const { start, end } = stage
  const inStage = (message: string | undefined): StageFault[] =>
    message === undefined
      ? []
      : [{ start, end, message: `stage '${printStage(stage)}' : ${message}` }]
  switch (stage.kind) {
    case 'line_filter':
      return inStage(explainLineFilter(stage))
    case 'json':
      return inStage(explain(() => stage.extractions.map((each) => parseJsonPath(each.expression))))
    case 'logfmt':
      return inStage(
        explain(() => stage.extractions.map((each) => parseLogfmtKey(each.expression))),
      )
    case 'label_filter':
      return checkAddresses(stage.filter)
    case 'line_format': {
      const message = explain(() => lineTemplates(NO_LINE).parse('line', stage.template))
      return inStage(message === undefined ? undefined : `invalid line template: ${message}`)
    }
    case 'label_format':
      return inStage(explainFormats(stage))
    case 'regexp':
    case 'pattern':
    case 'drop':
    case 'keep':
    case 'unpack':
    case 'decolorize':
      return []
    default:
      return stage satisfies never
  }
}

/** Patterns in a label filter that do not compile. */
export function checkMatchers(filter: LabelFilter): StageFault[] {
  if (filter.kind === 'string') return checkMatcher(filter.matcher)
  if (filter.kind !== 'and' && filter.kind !== 'or') return []
  return [...checkMatchers(filter.left), ...checkMatchers(filter.right)]
}

/** Texts in `ip("…")` of a label filter that are no addresses. */
export function checkAddresses(filter: LabelFilter): StageFault[] {
  if (filter.kind === 'and' || filter.kind === 'or') {
    return [...checkAddresses(filter.left), ...checkAddresses(filter.right)]
  }
  if (filter.kind !== 'ip' || parseIpRange(filter.text)) return []
  return [{ start: filter.start, end: filter.end, message: explainIp(filter.text) }]
}

function explainIp(text: string): string {
  return `ip: invalid pattern: ${JSON.stringify(text)}`
}

function checkMatcher(node: MatcherNode): StageFault[] {
  const message = explain(() => matcher(node.name, node.op, node.value))
  return message === undefined ? [] : [{ start: node.start, end: node.end, message }]
}

/** The message of what `attempt` refuses. */
function explain(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (thrown) {
    const isKnown =
      thrown instanceof RegexError ||
      thrown instanceof PatternError ||
      thrown instanceof PathError ||
      thrown instanceof TemplateError
    if (isKnown) return thrown.message
    throw thrown
  }
}

function explainLineFilter({ op, terms }: LineFilter): string | undefined {
  for (const { text, isIp } of terms) {
    const fault = isIp ? explainIpFilter(op, text) : explainText(op, text)
    if (fault !== undefined) return fault
  }
  return undefined
}

function explainIpFilter(op: LineFilter['op'], text: string): string | undefined {
  if (op !== '|=' && op !== '!=') return 'ip: invalid operation'
  return parseIpRange(text) ? undefined : explainIp(text)
}

function explainText(op: LineFilter['op'], text: string): string | undefined {
  if (op === '|~' || op === '!~') return explain(() => compileSearch(text))
  if (op === '|>' || op === '!>') return explain(() => parseLinePattern(text))
  return undefined
}

/** Why a pattern cannot be one of the parser `regexp`: it must compile and name what it captures, each name once. */
function explainCaptures(source: string): string | undefined {
  const fault = explain(() => compileFinder(source, ''))
  if (fault !== undefined) return fault
  const names = [...source.matchAll(/(?<!\\)\(\?P?<([^>=!]+)>/g)].map((found) => found[1] ?? '')
  if (names.length === 0) return 'at least one named capture must be supplied'
  return undefined
}

function explainFormats({ formats }: LabelFormatStage): string | undefined {
  const names = new Set<string>()
  for (const format of formats) {
    if (format.name === '__error__') return '__error__ cannot be formatted'
    if (names.has(format.name)) {
      return `multiple label name '${format.name}' not allowed in a single format operation`
    }
    names.add(format.name)
    if ('from' in format) continue
    const fault = explain(() => lineTemplates(NO_LINE).parse('label', format.template))
    if (fault !== undefined) return `invalid template for label '${format.name}': ${fault}`
  }
  return undefined
}
