import { Alert, Button, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useState, type SubmitEvent } from 'react'
import { withBase } from '../api/base-path.ts'
import styles from './sign-in-page.module.css'

export interface SignInPageProps {
  /** Rejects with an error whose message is for the person. */
  readonly onSignIn: (user: string, password: string) => Promise<void>
}

/** The way in. */
export function SignInPage({ onSignIn }: SignInPageProps) {
  return (
    <main className={styles['page']}>
      <title>Sign in · Vedette</title>
      <Paper withBorder className={styles['card'] ?? ''}>
        <Stack gap="md">
          <div className={styles['brand']}>
            <img src={withBase('/favicon.svg')} alt="" width={34} height={34} />
            <Title order={1}>Sign in to Vedette</Title>
          </div>
          <SignInForm onSignIn={onSignIn} />
          <Text size="xs" c="dimmed">
            The first start printed the password of <code>admin</code> once. A new one:{' '}
            <code>vedette user passwd admin</code>
          </Text>
        </Stack>
      </Paper>
    </main>
  )
}

function SignInForm({ onSignIn }: SignInPageProps) {
  const [user, setUser] = useState('')
  const [password, setPassword] = useState('')
  const [fault, setFault] = useState('')
  const [isBusy, setBusy] = useState(false)
  const submit = async (): Promise<void> => {
    setBusy(true)
    setFault('')
    try {
      await onSignIn(user, password)
    } catch (thrown) {
      setFault(thrown instanceof Error ? thrown.message : String(thrown))
      setBusy(false)
    }
  }
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault()
    void submit()
  }
  return (
    <form onSubmit={onSubmit}>
      <Stack gap="md">
        {fault !== '' && (
          <Alert color="red" variant="light" role="alert">
            {fault}
          </Alert>
        )}
        <TextInput
          label="User"
          size="sm"
          name="username"
          autoComplete="username"
          required
          withAsterisk={false}
          value={user}
          onChange={(event) => setUser(event.currentTarget.value)}
        />
        <PasswordInput
          label="Password"
          size="sm"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={password}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Button type="submit" size="sm" loading={isBusy}>
          Sign in
        </Button>
      </Stack>
    </form>
  )
}
