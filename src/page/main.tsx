import { render } from 'preact';
// First, so that the components' own style sheets come after it and win.
import './page.css';
import { Page } from './page.tsx';

const root = document.getElementById('page');
if (root !== null) {
  root.textContent = '';
  render(<Page />, root);
}
