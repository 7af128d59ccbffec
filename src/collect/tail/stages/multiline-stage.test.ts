import { describe, expect, it } from 'vitest'
import { BEGIN_MS, openStages } from './testing/pipeline-kit.ts'

const STAGE = "- multiline: {firstline: '^\\d{4}-', max_wait_time: 2s, max_lines: 3}"

function linesOf(kit: { readonly out: readonly { readonly line: string }[] }): string[] {
  return kit.out.map(({ line }) => line)
}

describe('multiline', () => {
  it('joins what follows a first line, and gives it on with the next first line', () => {
    const kit = openStages(STAGE)
    kit.push('2024- a', { job: 'x' })
    kit.push('  at b', { job: 'x' })
    expect(kit.out).toEqual([])
    expect(kit.heldFrom).toBe(0)
    kit.push('2024- c', { job: 'x' })
    expect(linesOf(kit)).toEqual(['2024- a\n  at b'])
    expect(kit.out[0]).toMatchObject({ startOffset: 0, endOffset: 20 })
    expect(kit.heldFrom).toBe(20)
  })

  it('gives through what comes before the first of all first lines', () => {
    const kit = openStages(STAGE)
    kit.push('  tail of something')
    expect(linesOf(kit)).toEqual(['  tail of something'])
    expect(kit.heldFrom).toBeUndefined()
  })

  it('takes the time and the labels of the first line', () => {
    const kit = openStages(`${STAGE}\n- labels: {ts: ''}`)
    kit.push('2024- a', {}, 5n)
    kit.push('b', {}, 9n)
    kit.end()
    expect(kit.out[0]).toMatchObject({ line: '2024- a\nb', timestampNs: 5n })
  })

  it('gives on a block of max_lines, and the rest of it with the time of its first line', () => {
    const kit = openStages(STAGE)
    kit.push('2024- a', {}, 5n)
    for (const line of ['1', '2', '3']) kit.push(line, {}, 9n)
    expect(linesOf(kit)).toEqual(['2024- a\n1\n2'])
    kit.end()
    expect(kit.out[1]).toMatchObject({ line: '3', timestampNs: 5n, startOffset: 30 })
  })

  it('waits max_wait_time after the last line, not after the first', () => {
    const kit = openStages(STAGE)
    kit.push('2024- a')
    kit.passMs(1500)
    kit.push('b')
    kit.passMs(1500)
    expect(kit.out).toEqual([])
    kit.passMs(500)
    expect(linesOf(kit)).toEqual(['2024- a\nb'])
    expect(kit.heldFrom).toBeUndefined()
  })

  it('joins each stream by itself', () => {
    const kit = openStages(STAGE)
    kit.push('2024- a', { s: '1' })
    kit.push('2024- b', { s: '2' })
    kit.push('a2', { s: '1' })
    kit.push('b2', { s: '2' })
    expect(kit.heldFrom).toBe(0)
    kit.push('2024- a3', { s: '1' })
    expect(linesOf(kit)).toEqual(['2024- a\na2'])
    expect(kit.heldFrom).toBe(10)
    kit.end()
    expect(linesOf(kit).toSorted()).toEqual(['2024- a\na2', '2024- a3', '2024- b\nb2'])
  })

  it('says from where lines are held also when two stages hold them', () => {
    const kit = openStages(`${STAGE}\n- multiline: {firstline: '^2024-', max_wait_time: 1h}`)
    kit.push('2024- a')
    kit.push('b')
    kit.push('2025- c')
    // The first block left the first stage and is held by the second.
    expect(kit.heldFrom).toBe(0)
    kit.end()
    expect(linesOf(kit)).toEqual(['2024- a\nb\n2025- c'])
    expect(kit.heldFrom).toBeUndefined()
  })

  it('does not let a block without an end grow for ever', () => {
    const kit = openStages("- multiline: {firstline: '^first', max_lines: 0}")
    kit.push('first')
    const long = 'x'.repeat(1024 * 1024)
    for (let i = 0; i < 9; i++) kit.push(long)
    expect(kit.out.length).toBe(2)
    expect(kit.out.every(({ line }) => line.length < 6 * 1024 * 1024)).toBe(true)
  })

  it('hands on what was extracted from the first line, apart from the block that follows', () => {
    const kit = openStages(`
- regex: {expression: 'id=(?P<id>\\d+)'}
- multiline: {firstline: '^id='}
- template: {source: seen, template: '{{ .id }}{{ .seen }}'}
- output: {source: seen}`)
    kit.push('id=1')
    kit.push('id=2')
    kit.end()
    expect(linesOf(kit)).toEqual(['1<no value>', '2<no value>'])
  })

  it('begins with the time of the test', () => {
    const kit = openStages(STAGE)
    kit.push('2024- a')
    kit.end()
    expect(kit.out[0]?.timestampNs).toBe(BigInt(BEGIN_MS) * 1_000_000n)
  })
})
