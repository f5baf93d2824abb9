import { useState } from 'preact/hooks';
import { failureOf, request } from '../api/request.ts';
import './login-form.css';

interface LoginFormProps {
  /** A token is the same for all; the user's name then only stands in the history. */
  readonly login: 'token' | 'password';
  readonly onLogin: () => void;
}

/** Asks who is reading; the service answers with a cookie that scripts cannot see. */
export function LoginForm({ login, onLogin }: LoginFormProps) {
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const [problem, setProblem] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      await request('POST', '/login', { ...(user === '' ? {} : { user }), password });
      onLogin();
    } catch (error) {
      const failure = failureOf(error);
      setProblem(
        failure.status === 401
          ? `This ${login === 'token' ? 'token is' : 'user and password are'} not known here.`
          : failure.message,
      );
      setBusy(false);
    }
  };
  return (
    <main class="login">
      <form onSubmit={(event) => void submit(event)} aria-labelledby="login-title">
        <h1 id="login-title">elb-sidekick</h1>
        <label>
          {login === 'token' ? 'Your name, for the history' : 'User'}
          <input
            name="user"
            autocomplete="username"
            autocapitalize="none"
            required={login === 'password'}
            autofocus
            value={user}
            onInput={({ currentTarget }) => setUser(currentTarget.value)}
          />
        </label>
        <label>
          {login === 'token' ? 'Token' : 'Password'}
          <input
            name="password"
            type="password"
            autocomplete="current-password"
            required
            value={password}
            onInput={({ currentTarget }) => setPassword(currentTarget.value)}
          />
        </label>
        {problem !== undefined && (
          <p class="problem" role="alert">
            {problem}
          </p>
        )}
        <button type="submit" class="primary" disabled={busy}>
          Log in
        </button>
      </form>
    </main>
  );
}
