import { describe, expect, it } from 'vitest'
import { nameApart, seriesName } from './series-name.ts'

describe('the name of a series', () => {
  it.each([
    [{}, '{}'],
    [{ __name__: 'up' }, 'up'],
    [{ __name__: 'up', job: 'a', instance: 'b' }, 'up{job="a", instance="b"}'],
    [{ job: 'a' }, '{job="a"}'],
    [{ __name__: 'my.metric', 'a.b': 'c' }, '{"my.metric", "a.b"="c"}'],
    [{ a: 'say "hi" \\ \n' }, '{a="say \\"hi\\" \\\\ \\n"}'],
    [{ a: '\u001b[2J' }, '{a="\\u001b[2J"}'],
  ])('%j', (metric, name) => expect(seriesName(metric)).toBe(name))

  it('leaves out what all series share, and says it once', () => {
    const metrics = [
      { __name__: 'cpu', job: 'node', mode: 'idle' },
      { __name__: 'cpu', job: 'node', mode: 'user', cpu: '0' },
    ]
    expect(nameApart(metrics)).toEqual({
      common: 'cpu{job="node"}',
      names: ['{mode="idle"}', '{mode="user", cpu="0"}'],
    })
    expect(nameApart([{ a: '1' }, { a: '2' }])).toEqual({
      common: '',
      names: ['{a="1"}', '{a="2"}'],
    })
    expect(nameApart([{ __name__: 'up' }])).toEqual({ common: '', names: ['up'] })
    expect(nameApart([])).toEqual({ common: '', names: [] })
  })
})
