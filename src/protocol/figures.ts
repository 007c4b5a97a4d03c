/**
 * Figures in the product's one way of writing them: `4,260`, `91.4 %`, `1.0e-4`, `16 min 49 s`, `2.6 GB`.
 * A figure and its unit are separate parts so that a page can set the unit smaller.
 */
export interface FigurePart {
  readonly value: string;
  readonly unit: string;
}

const noBreakSpace = '\u00a0';

/** "16 min 49 s" */
export function figureText(parts: readonly FigurePart[]): string {
  return parts.map(({ value, unit }) => (unit ? `${value}${noBreakSpace}${unit}` : value)).join(' ');
}

/** A figure's number formats in one language. */
export class Figures {
  private readonly formats = new Map<number, Intl.NumberFormat>();

  /** @param locale BCP 47 tag, e.g. "en" or "zh-cn"; an unknown one means English */
  constructor(private readonly locale: string) {}

  /** "4,260" */
  count(value: number): string {
    return this.fixed(value, 0);
  }

  /** "0.61" */
  loss(value: number): string {
    if (!Number.isFinite(value)) return 'NaN';
    return this.fixed(value, Math.abs(value) < 100 ? 2 : 0);
  }

  /** 0.914 -> 91.4 % */
  percent(share: number, decimals = 1): FigurePart {
    return { value: this.fixed(share * 100, decimals), unit: '%' };
  }

  percentText(share: number, decimals = 1): string {
    return figureText([this.percent(share, decimals)]);
  }

  /** 1009000 -> 16 min 49 s; from one hour on without seconds */
  duration(milliseconds: number): readonly FigurePart[] {
    const seconds = Math.max(0, Math.round(milliseconds / 1000));
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (hours > 0) return [{ value: this.count(hours), unit: 'h' }, { value: this.count(minutes), unit: 'min' }];
    if (minutes > 0) return [{ value: this.count(minutes), unit: 'min' }, { value: this.count(seconds % 60), unit: 's' }];
    return [{ value: this.count(seconds), unit: 's' }];
  }

  durationText(milliseconds: number): string {
    return figureText(this.duration(milliseconds));
  }

  /** With milliseconds below a second: "340 ms", "4 s" */
  briefDurationText(milliseconds: number): string {
    return Math.round(milliseconds) < 1000 ? figureText([{ value: this.count(milliseconds), unit: 'ms' }]) : this.durationText(milliseconds);
  }

  /** For axes: 1200000 -> "20 min", 4800000 -> "1 h 20 min", 0 -> "0" */
  axisDurationText(milliseconds: number): string {
    const parts = this.duration(milliseconds).filter(({ value }) => Number(value) !== 0);
    return parts.length === 0 ? '0' : figureText(parts);
  }

  /** Largest part only: "16 min" */
  shortDurationText(milliseconds: number): string {
    return figureText(this.duration(milliseconds).slice(0, 1));
  }

  bytes(bytes: number): FigurePart {
    if (bytes < 1e9) return { value: this.fixed(bytes / 1e6, 0), unit: 'MB' };
    return { value: this.fixed(bytes / 1e9, bytes < 1e10 ? 1 : 0), unit: 'GB' };
  }

  /** Memory, files and flash in powers of 1024: "841 KiB", "0.96 MiB" */
  binaryBytes(bytes: number): FigurePart {
    const kibibytes = bytes / 1024;
    if (kibibytes < 900) return { value: this.fixed(kibibytes, kibibytes < 100 && kibibytes > 0 ? 1 : 0), unit: 'KiB' };
    return { value: this.fixed(kibibytes / 1024, Number.isInteger(kibibytes / 1024) ? 0 : kibibytes < 10_240 ? 2 : 1), unit: 'MiB' };
  }

  binaryBytesText(bytes: number): string {
    return figureText([this.binaryBytes(bytes)]);
  }

  /** Where exactness matters: "861,248 B" */
  exactBytes(bytes: number): string {
    return figureText([{ value: this.count(bytes), unit: 'B' }]);
  }

  /** "1.0e-4" */
  learningRate(value: number): string {
    return value.toExponential(1);
  }

  fixed(value: number, decimals: number): string {
    let format = this.formats.get(decimals);
    if (format === undefined) {
      format = numberFormat(this.locale, decimals);
      this.formats.set(decimals, format);
    }
    return format.format(value);
  }
}

function numberFormat(locale: string, decimals: number): Intl.NumberFormat {
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  try {
    return new Intl.NumberFormat(locale, options);
  } catch {
    // An editor's display language need not be a language tag that this engine knows.
    return new Intl.NumberFormat('en', options);
  }
}
