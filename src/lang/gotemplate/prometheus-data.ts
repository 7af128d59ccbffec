import type { Labels } from '../../model/labels.ts'
import type { GoMap, GoValue, MapSource } from './value.ts'
import { GoSlice, GoStruct, stringMap } from './value.ts'

/**
 * What Prometheus puts before the texts of rules, so that they may say `$labels`. Give it as `preamble` to
 * `TemplateSet.expand`, with the name `__alert_NAME`, as errors there show it.
 */
export const RULE_PREAMBLE =
  '{{$labels := .Labels}}{{$externalLabels := .ExternalLabels}}' +
  '{{$externalURL := .ExternalURL}}{{$value := .Value}}'

/** What the texts of an alerting rule are expanded with. */
export interface RuleTemplateInput {
  readonly labels: Labels
  readonly externalLabels: Labels
  readonly externalUrl: string
  /** The sample's value; of a native histogram its text as a value of the host. */
  readonly value: number | GoValue
}

/** Go's name of the type, which users see when they ask for a field that is not there. */
const RULE_TYPE =
  'struct { Labels map[string]string; ExternalLabels map[string]string; ' +
  'ExternalURL string; Value interface {} }'

/** The dot of a rule's texts: `.Labels`, `.ExternalLabels`, `.ExternalURL`, `.Value`. */
export function ruleTemplateData(input: RuleTemplateInput): GoStruct {
  return new GoStruct(RULE_TYPE, {
    Labels: labelMap(input.labels),
    ExternalLabels: labelMap(input.externalLabels),
    ExternalURL: input.externalUrl,
    Value: input.value,
  })
}

/** A label set as map[string]string. */
function labelMap(labels: Labels): GoMap {
  return stringMap(new LabelSource(labels))
}

/** Labels as the source of a map, without a copy. */
class LabelSource implements MapSource {
  readonly #labels: Labels

  constructor(labels: Labels) {
    this.#labels = labels
  }

  get size(): number {
    return this.#labels.size
  }

  has(name: string): boolean {
    return this.#labels.has(name)
  }

  get(name: string): string | undefined {
    const value = this.#labels.get(name)
    return value === '' ? undefined : value
  }

  *keys(): Iterable<string> {
    const { flat } = this.#labels
    for (let i = 0; i < flat.length; i += 2) yield flat[i] as string
  }
}

/** One sample of the answer to `query`. */
export interface QuerySample {
  readonly labels: Labels
  readonly value: number | GoValue
}

/** A sample as templates see it: `.Labels` and `.Value`. */
export class Sample extends GoStruct {
  readonly labels: Labels
  readonly value: GoValue

  constructor(sample: QuerySample) {
    super('*template.sample', { Labels: labelMap(sample.labels), Value: sample.value })
    this.labels = sample.labels
    this.value = sample.value
  }
}

/** The answer to `query`. */
export class QueryResult extends GoSlice {
  readonly samples: readonly Sample[]

  constructor(samples: readonly Sample[]) {
    super(samples, 'template.queryResult')
    this.samples = samples
  }

  override withItems(items: readonly GoValue[]): GoSlice {
    return new QueryResult(items.filter((item) => item instanceof Sample))
  }
}
