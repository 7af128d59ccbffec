import type { OtlpMetricBatch } from '../../model/otlp-metrics.ts'
import { startOf } from '../../model/spans.ts'

type Attributed = Pick<OtlpMetricBatch, 'attributes' | 'strings'>

/** A text that is the same for points with the same attributes in the same order only. */
export function attributesKey({ attributes, strings }: Attributed, row: number): string {
  const { keys, values, ends } = attributes
  let text = ''
  for (let i = startOf(ends, row); i < (ends[row] as number); i++) {
    text += attributeKey(strings[keys[i] as number], strings[values[i] as number])
  }
  return text
}

/** The same, whatever their order. */
export function sortedAttributesKey({ attributes, strings }: Attributed, row: number): string {
  const { keys, values, ends } = attributes
  const texts: string[] = []
  for (let i = startOf(ends, row); i < (ends[row] as number); i++) {
    texts.push(attributeKey(strings[keys[i] as number], strings[values[i] as number]))
  }
  return texts.sort().join('')
}

/** Lengths go before the texts, so that no text can pretend to be two. */
function attributeKey(key = '', value = ''): string {
  return `${key.length}:${key}${value.length}:${value}`
}
