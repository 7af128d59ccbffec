import { Button, Menu } from '@mantine/core'
import { IconExternalLink } from '@tabler/icons-react'
import { useQuery } from '@tanstack/react-query'
import { useRouterState } from '@tanstack/react-router'
import { interpolate } from '../../../src/lang/dashboard/interpolate.ts'
import type { DashboardLink } from '../../../src/lang/dashboard/model.ts'
import { requestJson } from '../api/client.ts'
import { safeUrl } from '../panels/safe-url.ts'
import { usePage } from './page-model.ts'

interface Found {
  readonly uid: string
  readonly title: string
  readonly url: string
}

/** The links that a dashboard has above its panels. */
export function DashboardLinks() {
  const { dashboard } = usePage()
  return dashboard.links.map((link, i) =>
    link.type === 'dashboards' ? (
      <TaggedLinks key={i} link={link} />
    ) : (
      <OneLink key={i} link={link} />
    ),
  )
}

/** The address with the time range and the variables that a link takes along. */
function useAddress(link: DashboardLink): (url: string) => string {
  const search = useRouterState({ select: (state) => state.location.searchStr })
  const { scope } = usePage()
  return (url) => {
    const taken = [...new URLSearchParams(search)].filter(
      ([name]) =>
        (link.keepTime && ['from', 'to', 'timezone'].includes(name)) ||
        (link.includeVars && name.startsWith('var-')),
    )
    const plain = interpolate(url, scope, 'percentencode')
    if (taken.length === 0) return safeUrl(plain)
    const query = new URLSearchParams(taken).toString()
    return safeUrl(`${plain}${plain.includes('?') ? '&' : '?'}${query}`)
  }
}

function OneLink({ link }: { readonly link: DashboardLink }) {
  const { scope } = usePage()
  const address = useAddress(link)
  return (
    <Button
      component="a"
      size="compact-xs"
      variant="subtle"
      href={address(link.url)}
      title={link.tooltip}
      {...(link.targetBlank ? { target: '_blank', rel: 'noreferrer' } : {})}
      rightSection={<IconExternalLink size={12} />}
    >
      {interpolate(link.title, scope, 'text') || link.url}
    </Button>
  )
}

function TaggedLinks({ link }: { readonly link: DashboardLink }) {
  const address = useAddress(link)
  const params = new URLSearchParams({ type: 'dash-db', limit: '100' })
  for (const tag of link.tags) params.append('tag', tag)
  const { data } = useQuery({
    queryKey: ['dashlist', params.toString()],
    queryFn: ({ signal }) => requestJson<readonly Found[]>(`/api/search?${params}`, { signal }),
    staleTime: 60_000,
  })
  const target = link.targetBlank ? { target: '_blank', rel: 'noreferrer' } : {}
  if (!link.asDropdown) {
    return (data ?? []).map((found) => (
      <Button
        key={found.uid}
        component="a"
        size="compact-xs"
        variant="subtle"
        href={address(found.url)}
        {...target}
      >
        {found.title}
      </Button>
    ))
  }
  return (
    <Menu>
      <Menu.Target>
        <Button size="compact-xs" variant="subtle">
          {link.title || link.tags.join(', ')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        {(data ?? []).map((found) => (
          <Menu.Item key={found.uid} component="a" href={address(found.url)} {...target}>
            {found.title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
