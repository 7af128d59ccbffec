import {
  RULE_PREAMBLE,
  ruleTemplateData,
  type QuerySample,
} from '../../lang/gotemplate/prometheus-data.ts'
import { prometheusFunctions } from '../../lang/gotemplate/prometheus-functions.ts'
import { TemplateSet } from '../../lang/gotemplate/template.ts'
import type { Labels } from '../../model/labels.ts'
import { messageOf } from '../../model/problem.ts'
import type { Counter, Registry } from '../../self/metrics.ts'
import type { External } from './rule-context.ts'
import type { RuleQuery } from './rule-query.ts'

/** Texts that are kept parsed: those of a few thousand rules. */
const MAX_CACHED_TEXTS = 20_000

/** For reading files only: nothing is evaluated with it. */
const CHECKED = new TemplateSet({
  functions: prometheusFunctions({ query: () => Promise.resolve([]), externalUrl: '' }),
  maxCachedTexts: 0,
})

/** What is wrong with the template of a label or annotation, as far as reading it shows; undefined when nothing is. */
export function findTemplateFault(alert: string, text: string): string | undefined {
  if (!text.includes('{{')) return undefined
  try {
    CHECKED.extend(text, { name: nameOf(alert), preamble: RULE_PREAMBLE })
    return undefined
  } catch (thrown) {
    return messageOf(thrown)
  }
}

/** As errors call the texts of an alert. */
function nameOf(alert: string): string {
  return `__alert_${alert}`
}

/** What the texts of one alert may speak of. */
export interface TextScope {
  /** The name of the rule. */
  readonly alert: string
  /** The labels that the expression yielded, with the metric's name. */
  readonly source: Labels
  readonly value: number
  readonly atMs: number
  readonly external: External
}

export interface TextCounters {
  readonly expansions: Counter
  readonly failures: Counter
}

/** Registers them; once for a program. */
export function countTexts(registry: Registry): TextCounters {
  return {
    expansions: registry.counter(
      'prometheus_template_text_expansions_total',
      'Texts of alerts that were expanded.',
    ),
    failures: registry.counter(
      'prometheus_template_text_expansion_failures_total',
      'Texts of alerts that could not be expanded.',
    ),
  }
}

/** Expands the labels and annotations of alerts. */
export class RuleTemplates {
  readonly #query: RuleQuery
  readonly #counters: TextCounters
  #set: TemplateSet | undefined
  /** That of `#set`, in whose functions it is. */
  #externalUrl = ''

  /** `query` answers the function of that name. */
  constructor(query: RuleQuery, counters: TextCounters) {
    this.#query = query
    this.#counters = counters
  }

  /** The same, where the function `query` is in another language. */
  over(query: RuleQuery): RuleTemplates {
    return new RuleTemplates(query, this.#counters)
  }

  /** Something that expands the texts of one alert. A text that fails becomes one that says why, as in Prometheus. */
  open(scope: TextScope): (text: string) => string | Promise<string> {
    const set = this.#setFor(scope.external.url)
    const name = nameOf(scope.alert)
    const options = { name, preamble: RULE_PREAMBLE, timestampMs: scope.atMs }
    const data = ruleTemplateData({
      labels: scope.source,
      externalLabels: scope.external.labels,
      externalUrl: scope.external.url,
      value: scope.value,
    })
    return (text) => {
      if (!text.includes('{{')) return text
      this.#counters.expansions.inc()
      try {
        const template = set.extend(text, options)
        if (!template.isAsync(name)) return template.evaluateSync(name, data, options)
        return template
          .evaluate(name, data, options)
          .catch((thrown: unknown) => this.#fail(name, thrown))
      } catch (thrown) {
        return this.#fail(name, thrown)
      }
    }
  }

  #fail(name: string, thrown: unknown): string {
    this.#counters.failures.inc()
    return `<error expanding template: error executing template ${name}: ${messageOf(thrown)}>`
  }

  #setFor(externalUrl: string): TemplateSet {
    if (this.#set === undefined || this.#externalUrl !== externalUrl) {
      const functions = prometheusFunctions({
        query: async (expression, atMs) => samplesOf(await this.#query(expression, atMs)),
        externalUrl,
      })
      this.#set = new TemplateSet({ functions, maxCachedTexts: MAX_CACHED_TEXTS })
      this.#externalUrl = externalUrl
    }
    return this.#set
  }
}

function samplesOf({ labels, values }: Awaited<ReturnType<RuleQuery>>): QuerySample[] {
  return labels.map((series, i) => ({ labels: series, value: values[i] as number }))
}
