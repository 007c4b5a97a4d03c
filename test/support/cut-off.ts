/** As much of a page's element as is asked here: tests are compiled without the types of a browser. */
interface PageElement {
  readonly parentElement: PageElement | null;
  readonly tagName: string;
  readonly outerHTML: string;
  readonly clientWidth: number;
  readonly scrollWidth: number;
  getBoundingClientRect(): { readonly left: number; readonly right: number; readonly width: number; readonly height: number };
  querySelectorAll(selector: string): Iterable<PageElement>;
  checkVisibility(): boolean;
}

/**
 * What of a page lies outside its width and cannot be scrolled to by what holds it, and which buttons cut their words. Runs in the page.
 * @returns a line for each outermost element, with its beginning
 */
export function cutOff(body: unknown): string[] {
  const root = body as PageElement;
  const { getComputedStyle, innerWidth } = globalThis as unknown as { getComputedStyle(element: PageElement): Record<string, string>; innerWidth: number };
  const isHeld = (element: PageElement): boolean => {
    for (let at = element.parentElement; at !== null && at !== root; at = at.parentElement) {
      if (getComputedStyle(at)['overflowX'] !== 'visible') return true;
    }
    return false;
  };
  // Texts for screen readers alone are a pixel wide.
  const isSeen = (element: PageElement): boolean => element.checkVisibility() && element.getBoundingClientRect().width > 1;
  const seen = [...root.querySelectorAll('*')].filter(isSeen);
  const outside = seen.filter((element) => element.getBoundingClientRect().right > innerWidth + 1 && !isHeld(element));
  const outermost = outside.filter((element) => element.parentElement === null || !outside.includes(element.parentElement));
  const clipped = seen.filter((element) => element.tagName === 'BUTTON' && element.scrollWidth > element.clientWidth + 1);
  const told = (element: PageElement, what: string): string => `${what} ${Math.round(element.getBoundingClientRect().right)}: ${element.outerHTML.slice(0, 160)}`;
  return [...outermost.map((element) => told(element, 'reaches to')), ...clipped.map((element) => told(element, 'clipped button at'))];
}
