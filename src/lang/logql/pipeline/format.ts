import type { LabelFormat } from '../ast.ts'
import { TemplateError } from '../../gotemplate/template-error.ts'
import type { TemplateSet } from '../../gotemplate/template.ts'
import { stringMap, type GoMap } from '../../gotemplate/value.ts'
import { lineTemplates } from '../template-functions.ts'
import { compileSearch } from '../../../model/regex.ts'
import type { LineLabels } from './line-labels.ts'
import type { LineInHand, ReadyStage } from './stage.ts'

const OPTIONS = { localZone: 'UTC' } as const

/** The fields (`.name`) that a template names, which are labels. Takes more for one than are, never fewer. */
function fieldsOf(template: string): string[] {
  const names: string[] = []
  for (const [action] of template.matchAll(/\{\{[^]*?\}\}/g)) {
    for (const [, name = ''] of action.matchAll(/\.([\p{L}_][\p{L}\p{Nd}_]*)/gu)) names.push(name)
  }
  return names
}

/** A template that is evaluated for one line after the other. */
class LineTemplate {
  readonly needs: readonly string[]
  readonly #name: string
  readonly #current = { text: '', timestampNs: 0n }
  readonly #set: TemplateSet

  constructor(name: string, text: string) {
    this.#name = name
    this.needs = fieldsOf(text)
    this.#set = lineTemplates(this.#current)
    this.#set.parse(name, text)
  }

  /** The output; undefined, and the line marked, when the template fails. */
  evaluate({ text, timestampNs, labels }: LineInHand, data: GoMap): string | undefined {
    this.#current.text = text
    this.#current.timestampNs = timestampNs
    try {
      return this.#set.evaluateSync(this.#name, data, OPTIONS)
    } catch (thrown) {
      if (!(thrown instanceof TemplateError)) throw thrown
      labels.fail('TemplateFormatErr', thrown.message)
      return undefined
    }
  }
}

function dataOf(labels: LineLabels): GoMap {
  return stringMap(new Map(labels.entries()))
}

/** `| line_format "{{.msg}}"` */
export function lineFormatStage(source: string): ReadyStage {
  const template = new LineTemplate('line', source)
  // Nothing but one field, the most frequent template, needs no evaluation.
  const field = /^\{\{-?\s*\.([\p{L}_][\p{L}\p{Nd}_]*)\s*-?\}\}$/u.exec(source)?.[1]
  return {
    needs: template.needs,
    run: (line) => {
      line.text =
        field === undefined
          ? (template.evaluate(line, dataOf(line.labels)) ?? line.text)
          : (line.labels.get(field) ?? '')
      return true
    },
  }
}

/** `| label_format a=b, c="{{.d}}"` */
export function labelFormatStage(formats: readonly LabelFormat[]): ReadyStage {
  const ready = formats.map((format) =>
    'from' in format
      ? { name: format.name, from: format.from }
      : { name: format.name, template: new LineTemplate('label', format.template) },
  )
  const needs = ready.flatMap((each) => ('from' in each ? [each.from] : each.template.needs))
  return {
    needs,
    run: (line) => {
      const { labels } = line
      // The templates of one stage see the labels as they were before the first of them.
      let data: GoMap | undefined
      for (const format of ready) {
        if ('from' in format) {
          const value = labels.get(format.from)
          if (value === undefined) continue
          labels.setParsed(format.name, value)
          labels.delete(format.from)
          continue
        }
        data ??= dataOf(labels)
        const value = format.template.evaluate(line, data)
        if (value !== undefined) labels.setParsed(format.name, value)
      }
      return true
    },
  }
}

const ANSI =
  '[\u001B\u009B][[\\]()#;?]*(?:(?:(?:[a-zA-Z\\d]*(?:;[a-zA-Z\\d]*)*)?\u0007)|' +
  '(?:(?:\\d{1,4}(?:;\\d{0,4})*)?[\\dA-PRZcf-ntqry=><~]))'

/** `| decolorize`: takes away what colours a terminal. */
export function decolorizeStage(): ReadyStage {
  const ansi = compileSearch(ANSI)
  return {
    needs: [],
    run: (line) => {
      const { text } = line
      if (text.includes('\u001b') || text.includes('\u009b')) {
        line.text = ansi.replaceAll(text, '', text.length)
      }
      return true
    },
  }
}
