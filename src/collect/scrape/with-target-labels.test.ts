import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { withTargetLabels } from './with-target-labels.ts'

type Set = Record<string, string>

function join(exposed: Set, target: Set, honorLabels = false): Set {
  return withTargetLabels(Labels.from(exposed), Labels.from(target), honorLabels).toObject()
}

describe('labels of series and target', () => {
  it('are joined in order', () => {
    const exposed = Labels.from({ __name__: 'm', a: '1', z: '2' })
    const joined = withTargetLabels(exposed, Labels.from({ job: 'j', instance: 'i' }), false)
    expect(joined.flat).toEqual(['__name__', 'm', 'a', '1', 'instance', 'i', 'job', 'j', 'z', '2'])
  })

  it.each<[string, Set, Set, Set]>([
    ['the exposed label is renamed', { foo: '1' }, { foo: '2' }, { exported_foo: '1', foo: '2' }],
    [
      'the target already has the new name',
      { foo: '1' },
      { foo: '2', exported_foo: '3' },
      { exported_exported_foo: '1', exported_foo: '3', foo: '2' },
    ],
    [
      'the series already has the new name',
      { foo: '1', exported_foo: '2' },
      { foo: '3' },
      { exported_exported_foo: '1', exported_foo: '2', foo: '3' },
    ],
    [
      'the conflicting name is prefixed itself',
      { exported_foo: '1' },
      { exported_foo: '2' },
      { exported_exported_foo: '1', exported_foo: '2' },
    ],
    [
      'the shorter of two names chooses first',
      { foo: '1', exported_foo: '2' },
      { foo: '3', exported_foo: '4' },
      {
        exported_exported_foo: '1',
        exported_exported_exported_foo: '2',
        exported_foo: '4',
        foo: '3',
      },
    ],
    [
      'many prefixes',
      { foo: '3', exported_foo: '4', exported_exported_exported_foo: '5' },
      { foo: '0', exported_exported_foo: '1', exported_exported_exported_foo: '2' },
      {
        exported_exported_exported_exported_exported_foo: '5',
        exported_exported_exported_exported_foo: '3',
        exported_exported_exported_foo: '2',
        exported_exported_foo: '1',
        exported_foo: '4',
        foo: '0',
      },
    ],
  ])('conflict: %s', (_, exposed, target, expected) => {
    expect(join({ __name__: 'm', ...exposed }, target)).toEqual({ __name__: 'm', ...expected })
  })

  it('are the exposed ones where honor_labels is set', () => {
    const target = { job: 'gateway', instance: 'i', env: 'prod' }
    expect(join({ __name__: 'm', job: 'batch', instance: 'b' }, target, true)).toEqual({
      __name__: 'm',
      job: 'batch',
      instance: 'b',
      env: 'prod',
    })
  })

  it('are those of one of them when the other has none', () => {
    expect(join({}, { job: 'j' })).toEqual({ job: 'j' })
    expect(join({ __name__: 'm' }, {})).toEqual({ __name__: 'm' })
  })
})
