import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../shown/icon.tsx';

const themes = ['auto', 'light', 'dark'] as const;
type Theme = (typeof themes)[number];

const icons = { auto: 'auto', light: 'sun', dark: 'moon' } as const;
const names = { auto: 'as the system', light: 'light', dark: 'dark' } as const;

/** Light, dark, or as the system says; kept in this browser. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(
    () => themes.find((each) => each === localStorage.getItem('theme')) ?? 'auto',
  );
  useEffect(() => {
    if (theme === 'auto') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    localStorage.setItem('theme', theme);
  }, [theme]);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length] ?? 'auto';
  return (
    <button
      type="button"
      class="icon-button"
      title={`Theme: ${names[theme]}`}
      aria-label={`Theme: ${names[theme]}. Switch to ${names[next]}`}
      onClick={() => setTheme(next)}
    >
      <Icon name={icons[theme]} />
    </button>
  );
}
