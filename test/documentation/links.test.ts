import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { projectRoot } from '../house/read-sources.ts'
import { listPages } from './read-commands.ts'

/** A page without what stands between fences. */
function readProse(page: string): string {
  const text = readFileSync(path.join(projectRoot, page), 'utf8')
  return text.replaceAll(/^\s*```[^]*?^\s*```/gm, '')
}

/** The anchors of a page's headings, as GitHub makes them. */
function anchorsOf(page: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of readProse(page).matchAll(/^#+ (.+)$/gm)) {
    const words = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-')
    for (let same = 0; ; same++) {
      const anchor = same === 0 ? words : `${words}-${same}`
      if (anchors.has(anchor)) continue
      anchors.add(anchor)
      break
    }
  }
  return anchors
}

/** Links to other places of the project that lead nowhere: `page: link`. */
function deadLinks(page: string): readonly string[] {
  const dead: string[] = []
  for (const [, link = ''] of readProse(page).matchAll(/\]\(([^)\s]+)\)/g)) {
    if (/^[a-z]+:/.test(link)) continue
    const [file = '', anchor] = link.split('#')
    const target = file === '' ? page : path.join(path.dirname(page), file)
    if (!existsSync(path.join(projectRoot, target))) dead.push(`${page}: ${link}`)
    else if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor))
      dead.push(`${page}: ${link}`)
  }
  return dead
}

describe('the links of the documentation', () => {
  it.each(listPages())('%s leads nowhere that is not there', (page) => {
    expect(deadLinks(page)).toEqual([])
  })
})
