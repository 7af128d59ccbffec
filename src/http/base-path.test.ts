import { expect, it } from 'vitest'
import { withoutBase } from './base-path.ts'

it.each([
  ['/monitoring/d/a?b=/monitoring/', '/d/a?b=/monitoring/'],
  ['/monitoring', '/'],
  ['/monitoring?a', '/?a'],
  ['/monitoring/', '/'],
  ['/monitorings/a', '/monitorings/a'],
  ['/d/a', '/d/a'],
])('takes the path of the proxy off %s', (target, expected) => {
  expect(withoutBase(target, '/monitoring')).toBe(expected)
  expect(withoutBase(target)).toBe(target)
})
