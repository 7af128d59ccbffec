import { describe, expect, it } from 'vitest'
import { openStages, process } from './testing/pipeline-kit.ts'

const JSON_STAGE = '- json: {expressions: {level: "", user: "", none: "", obj: "", empty: ""}}\n'
const LINE = '{"level":"warn","user":"ann","none":null,"obj":{"a":1},"empty":""}'

describe('labels', () => {
  it('makes labels of extracted values; without a source the name itself', () => {
    const entry = process(
      `${JSON_STAGE}- labels: {level: , who: user}`.replace(': ,', ':,'),
      LINE,
      {
        job: 'a',
      },
    )
    expect(entry?.labels.toObject()).toEqual({ job: 'a', level: 'warn', who: 'ann' })
  })

  it('leaves a label whose value is not there, or null', () => {
    const stage = `${JSON_STAGE}- labels:\n    gone:\n    none:\n    obj:\n`
    const entry = process(stage, LINE, { none: 'label' })
    expect(entry?.labels.toObject()).toEqual({ none: 'label', obj: '{"a":1}' })
  })

  it('gives lines of equal labels the same object', () => {
    const kit = openStages(`${JSON_STAGE}- labels: {level: "", user: ""}`)
    kit.push(LINE)
    kit.push(LINE)
    expect(kit.out[0]?.labels).toBe(kit.out[1]?.labels)
  })
})

describe('structured_metadata', () => {
  it('takes extracted values, or labels, which then go', () => {
    const stage = `${JSON_STAGE}- structured_metadata: {who: user, pod: "", gone: ""}`
    const entry = process(stage, LINE, { pod: 'p-1', user: 'other', job: 'a' })
    expect(entry?.metadata.toObject()).toEqual({ who: 'ann', pod: 'p-1' })
    // The label `user` has another value than what was taken.
    expect(entry?.labels.toObject()).toEqual({ job: 'a', user: 'other' })
  })

  it('adds to what there is, also under its first name', () => {
    const stage = `${JSON_STAGE}- structured_metadata: {user: ""}\n- non_indexed_labels: {level: ""}`
    expect(process(stage, LINE)?.metadata.toObject()).toEqual({ user: 'ann', level: 'warn' })
  })
})

describe('fixed labels', () => {
  it('static_labels sets values, and does nothing without one', () => {
    const entry = process('- static_labels: {env: prod, n: 7, x: }', '', { env: 'dev' })
    expect(entry?.labels.toObject()).toEqual({ env: 'prod', n: '7' })
  })

  it('labeldrop and labelallow take labels away', () => {
    const labels = { a: '1', b: '2', c: '3' }
    expect(process('- labeldrop: [a, x]', '', labels)?.labels.toObject()).toEqual({
      b: '2',
      c: '3',
    })
    expect(process('- labelallow: [a, x]', '', labels)?.labels.toObject()).toEqual({ a: '1' })
  })
})
