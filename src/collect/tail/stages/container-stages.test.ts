import { describe, expect, it } from 'vitest'
import { extractedOf, openStages, process } from './testing/pipeline-kit.ts'

const NS = BigInt(Date.UTC(2024, 4, 6, 7, 8, 9)) * 1_000_000n + 123_456_789n

describe('docker', () => {
  it('takes the line, its stream and its time out of a json-file record', () => {
    const record = { log: 'GET /\n', stream: 'stderr', time: '2024-05-06T07:08:09.123456789Z' }
    const entry = process('- docker: {}', JSON.stringify(record), { job: 'd' })
    expect(entry?.line).toBe('GET /\n')
    expect(entry?.timestampNs).toBe(NS)
    expect(entry?.labels.toObject()).toEqual({ job: 'd', stream: 'stderr' })
  })

  it('leaves a line that is no record as it is', () => {
    const entry = process('- docker:', 'plain text', { job: 'd' })
    expect(entry?.line).toBe('plain text')
    expect(entry?.labels.toObject()).toEqual({ job: 'd' })
  })
})

describe('cri', () => {
  it('takes the line, its stream and its time', () => {
    const entry = process('- cri: {}', '2024-05-06T07:08:09.123456789Z stdout F a  b ')
    expect(entry?.line).toBe('a  b ')
    expect(entry?.timestampNs).toBe(NS)
    expect(entry?.labels.get('stream')).toBe('stdout')
    expect(extractedOf(entry)).toMatchObject({ flags: 'F', content: 'a  b ' })
  })

  it.each(['', 'x', '2024 stdout F', '2024 stdin F x', ' stdout F x', '2024 stdout  x'])(
    'leaves %j as it is',
    (line) => {
      const entry = process('- cri: {}', line)
      expect(entry?.line).toBe(line)
      expect(entry?.labels.size).toBe(0)
    },
  )

  it('joins the parts of a line, stream by stream, and says from where it holds lines back', () => {
    const kit = openStages('- cri: {}')
    const time = '2024-05-06T07:08:09Z'
    kit.push(`${time} stdout P one `)
    kit.push(`${time} stderr F other`)
    kit.push(`${time} stdout P two `)
    expect(kit.out.map(({ line }) => line)).toEqual(['other'])
    expect(kit.heldFrom).toBe(0)
    kit.push(`${time} stdout F three`)
    expect(kit.out.map(({ line }) => line)).toEqual(['other', 'one two three'])
    expect(kit.out[1]).toMatchObject({ startOffset: 0, endOffset: 40 })
    expect(kit.heldFrom).toBeUndefined()
  })

  it('gives what there is of a line at the end of a source', () => {
    const kit = openStages('- cri: {}')
    kit.push('2024-05-06T07:08:09Z stdout P half')
    kit.passMs(60_000)
    expect(kit.out).toEqual([])
    kit.end()
    expect(kit.out.map(({ line }) => line)).toEqual(['half'])
  })

  it('gives on all parts when there are too many streams', () => {
    const kit = openStages('- cri: {max_partial_lines: 2}')
    for (const pod of ['a', 'b', 'c']) kit.push(`2024-05-06T07:08:09Z stdout P ${pod}`, { pod })
    expect(kit.out.map(({ line }) => line)).toEqual(['a', 'b'])
    expect(kit.heldFrom).toBe(20)
  })

  it('cuts a joined line where it is asked to, at a whole character', () => {
    const kit = openStages(
      '- cri: {max_partial_line_size: 5b, max_partial_line_size_truncate: true}',
    )
    kit.push('2024-05-06T07:08:09Z stdout P abcd')
    kit.push('2024-05-06T07:08:09Z stdout F é')
    expect(kit.out.map(({ line }) => line)).toEqual(['abcd'])
  })
})
