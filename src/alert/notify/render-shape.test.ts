import { describe, expect, it } from 'vitest'
import { renderShape } from './render-shape.ts'
import { cutBytes, truncateBytes, truncateRunes } from './truncate.ts'

function render(text: string) {
  return renderShape(text, (template) => ({ text: template, error: undefined }))
}

describe('a rendered text of a payload', () => {
  it.each([
    ['', null],
    ['~', null],
    ['7', 7],
    ['-1.5', -1.5],
    ['true', true],
    ['"7"', '"7"'],
    ['firing', 'firing'],
    ['db-1 is full: 97 %', { 'db-1 is full': '97 %' }],
    ['db-1 is full, 97 %', 'db-1 is full, 97 %'],
    ['a: b', { a: 'b' }],
    ['[1, "x", {"a": null}]', [1, 'x', { a: null }]],
    ['- 1\n- two', [1, 'two']],
    ['.inf', '.inf'],
    ['{{ not closed', '{{ not closed'],
    ['{"a": "}', '{"a": "}'],
    ['&a [*a]', '&a [*a]'],
    ['- &a x\n- *a', '- &a x\n- *a'],
  ])('%j is %j', (text, value) => {
    expect(render(text)).toEqual(value)
  })

  it('stays what it is where it is nested too deep', () => {
    for (const text of ['['.repeat(50_000), `${'['.repeat(200)}${']'.repeat(200)}`]) {
      expect(render(text) === text).toBe(true)
    }
  })

  it('may have any name', () => {
    expect(JSON.stringify(render('__proto__: {x: 1}'))).toBe('{"__proto__":{"x":1}}')
  })

  it('is not rendered again, and shows the error of a template that fails', () => {
    const shape = { '{{ a }}': ['{{ b }}', 3] }
    const texts: Record<string, string> = { '{{ a }}': 'name', '{{ b }}': '["{{ c }}"]' }
    expect(
      renderShape(shape, (template) => ({ text: texts[template] ?? '', error: undefined })),
    ).toEqual({ name: [['{{ c }}'], 3] })
    expect(renderShape('x', () => ({ text: '7 failed', error: 'failed' }))).toBe('7 failed')
  })
})

describe('a text that is too long', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abcde…'],
    ['🔥🔥🔥🔥🔥', 5, '🔥🔥🔥🔥🔥'],
    ['🔥🔥🔥🔥🔥🔥', 5, '🔥🔥🔥🔥…'],
    ['abcd', 3, 'abc'],
  ])('%s in %i characters is %s', (text, max, cut) => {
    expect(truncateRunes(text, max)).toBe(cut)
  })

  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefg', 6, 'abc…'],
    ['ääää', 7, 'ää…'],
    ['ääää', 6, 'ä…'],
    ['abcd', 3, '…'],
    ['abcd', 2, '..'],
  ])('%s in %i bytes is %s', (text, max, cut) => {
    expect(truncateBytes(text, max)).toBe(cut)
  })

  it('is cut between characters', () => {
    expect(cutBytes('a🔥b', 4)).toBe('a')
    expect(cutBytes('a🔥b', 5)).toBe('a🔥')
  })
})
