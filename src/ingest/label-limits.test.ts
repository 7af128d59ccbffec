import { describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { DEFAULT_LABEL_LIMITS, faultOfLabels } from './label-limits.ts'

describe('the limits of labels', () => {
  it('hold at the limit itself', () => {
    const names = Object.fromEntries(Array.from({ length: 127 }, (_, i) => [`l${i}`, 'v']))
    const labels = Labels.from({
      ...names,
      ['n'.repeat(1024)]: 'v'.repeat(65_536),
    })
    expect(labels.size).toBe(128)
    expect(faultOfLabels(labels, DEFAULT_LABEL_LIMITS)).toBeUndefined()
  })

  it.each<[Record<string, string>, string]>([
    [
      { __name__: 'm', a: '1', b: '2' },
      'series has 3 labels, the limit is 2 (ingest.max-label-names): "m"',
    ],
    [
      { __name__: 'm', abcdefghijk: '1' },
      'label name "abcdefghijk"… has 11 characters, the limit is 10 (ingest.max-label-name-length)',
    ],
    [
      { __name__: 'm', a: '12345' },
      'label "a" of "m" has a value of 5 characters, the limit is 4 (ingest.max-label-value-length)',
    ],
  ])('%j', (record, fault) => {
    const limits = { maxNames: 2, maxNameLength: 10, maxValueLength: 4 }
    expect(faultOfLabels(Labels.from(record), limits)).toBe(fault)
  })
})
