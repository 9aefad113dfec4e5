const WHOLE = new Intl.NumberFormat('en');
const SHORT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });

/** `12,345` */
export const whole = (value: number): string => WHOLE.format(value);

/** `12.3K` */
export const short = (value: number): string => SHORT.format(value);

/** A share of 1 in percent: `99.95 %`. What is not all never reads as 100 %, nor what is not nothing as 0 %. */
export function percent(share: number | null): string {
  if (share === null) return '–';
  const digits = share >= 0.99 && share < 1 ? 2 : 1;
  const rounded = Number((share * 100).toFixed(digits));
  const kept = share < 1 && rounded === 100 ? 99.99 : share > 0 && rounded === 0 ? 0.1 : rounded;
  return `${kept} %`;
}
