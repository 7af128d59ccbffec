// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import { runbookPath } from '../pages/alerts/runbook-path.ts'
import { renderRunbook, titleOf } from './render-runbook.ts'

describe('runbooks as pages', () => {
  it('gives headings the ids that links name, and takes the title out', () => {
    const html = renderRunbook('# Runbook: host\n\n## DiskSpaceLow\n\n## Two words, more\n')
    expect(html).not.toContain('Runbook: host')
    expect(html).toContain('<h2 id="diskspacelow">')
    expect(html).toContain('<h2 id="two-words-more">')
    expect(titleOf('x\n# Runbook: host\n')).toBe('Runbook: host')
  })

  it('leads to other runbooks here, to no other file, and elsewhere without a referrer', () => {
    const html = renderRunbook('[a](host.md#x) [b](../alerts.md) [c](https://example.org/)')
    expect(html).toContain('<a href="/runbooks/host#x">a</a>')
    expect(html).not.toContain('alerts.md')
    expect(html).toContain('<a href="https://example.org/" rel="noreferrer">c</a>')
  })

  it.each([
    '<script>fail()</script>',
    '<img src=x onerror=fail()>',
    '[x](javascript:fail())',
    '[x](data:text/html,<script>fail()</script>)',
    '![x](x" onerror="fail())',
  ])('runs nothing of %s', (text) => {
    const holder = document.createElement('div')
    holder.innerHTML = renderRunbook(text)
    expect(holder.querySelectorAll('script, [onerror], iframe')).toHaveLength(0)
    const targets = [...holder.querySelectorAll('a')].map((link) => link.getAttribute('href'))
    expect(targets).toEqual([])
  })

  it.each([
    ['docs/runbooks/host.md#diskspacelow', { to: '/runbooks/host', hash: 'diskspacelow' }],
    ['docs/runbooks/host.md', { to: '/runbooks/host', hash: '' }],
    ['https://example.org/docs/runbooks/host.md', undefined],
    ['docs/runbooks/../host.md', undefined],
  ])('%s has the page %o', (url, page) => {
    expect(runbookPath(url)).toEqual(page)
  })
})
