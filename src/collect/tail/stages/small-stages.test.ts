import { describe, expect, it } from 'vitest'
import {
  BEGIN_MS,
  extractedOf,
  openStages,
  process,
  readYamlStages,
} from './testing/pipeline-kit.ts'

describe('output', () => {
  it('makes an extracted value the line, and leaves the line without one', () => {
    const stage = '- json: {expressions: {msg: ""}}\n- output: {source: msg}'
    expect(process(stage, '{"msg":"hello"}')?.line).toBe('hello')
    expect(process(stage, '{"msg":null}')?.line).toBe('{"msg":null}')
    expect(process(stage, 'x')?.line).toBe('x')
  })
})

describe('pack', () => {
  const STAGE = `
- json: {expressions: {user: ''}}
- pack: {labels: [pod, user, gone]}`

  it('moves labels and values into the line', () => {
    const kit = openStages(STAGE)
    kit.push('{"user":"<ann>"}', { pod: 'p', job: 'a' }, 5n)
    const [entry] = kit.out
    expect(entry?.line).toBe(
      '{"pod":"p","user":"\\u003cann\\u003e","_entry":"{\\"user\\":\\"\\u003cann\\u003e\\"}"}',
    )
    expect(entry?.labels.toObject()).toEqual({ job: 'a' })
    expect(entry?.timestampNs).toBe(BigInt(BEGIN_MS) * 1_000_000n)
  })

  it('keeps the time where it is told to', () => {
    const kit = openStages('- pack: {labels: [pod], ingest_timestamp: false}')
    kit.push('x', {}, 5n)
    expect(kit.out[0]).toMatchObject({ line: '{"_entry":"x"}', timestampNs: 5n })
  })
})

describe('decolorize', () => {
  it('takes colours away', () => {
    expect(process('- decolorize:', '\u001b[31mred\u001b[0m plain')?.line).toBe('red plain')
  })
})

describe('eventlogmessage', () => {
  const run = (settings: string): Record<string, unknown> => {
    const stage = `- json: {expressions: {message: ''}}\n- eventlogmessage: ${settings}`
    const message = 'Heading\r\nUser: ann\r\nLogon Type: 3\r\njob:  x \r\n'
    const extracted = extractedOf(process(stage, JSON.stringify({ message }), { job: 'a' }))
    delete extracted['message']
    return extracted
  }

  it('extracts the lines of a message', () => {
    expect(run('{}')).toEqual({ job: 'a', job_extracted: 'x', User: 'ann', Logon_Type: '3' })
  })

  it('replaces, and leaves odd names out, where it is told to', () => {
    const settings = '{overwrite_existing: true, drop_invalid_labels: true}'
    expect(run(settings)).toEqual({ job: 'x', User: 'ann' })
  })

  it('lets a line fall whose message is no text', () => {
    const stage = '- json: {expressions: {message: ""}}\n- eventlogmessage: {}'
    expect(process(stage, '{"message":null}')).toBeUndefined()
    expect(process(stage, '{}', { message: 'a: b' })).toBeUndefined()
    expect(process('- eventlogmessage:', 'x')?.line).toBe('x')
  })
})

describe('stages without an effect', () => {
  it('tenant is told about', () => {
    const { errors, warnings } = readYamlStages('- tenant: {source: team}')
    expect(errors).toEqual([])
    expect(warnings).toEqual([expect.stringContaining('tenant: has no effect')])
    expect(process('- tenant: {value: x}', 'line', { a: 'b' })?.labels.toObject()).toEqual({
      a: 'b',
    })
  })

  it('noop does nothing', () => expect(process('- noop:', 'line')?.line).toBe('line'))
})
