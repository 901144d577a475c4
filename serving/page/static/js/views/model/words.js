// What leads and deals are called, and numbers with their intervals.

import { NOTHING, count, percent } from "../../format.js";

export const many = ({ entity }) => (entity === "opportunity" ? "deals" : `${entity}s`);
export const one = ({ entity }) => (entity === "opportunity" ? "deal" : entity);
export const spaced = (name) => name.replaceAll("_", " ");

/** "0.80 to 0.85", or nothing where there is no interval. */
export const between = (low, high, show) => (low === null || low === undefined ? "" : `${show(low)} to ${show(high)}`);
export const two = (value) => count(value, 2);

/** The model's own figures, with the ends of their intervals. */
export const own = (model) => model.metrics.model ?? {};

/** A share that may be a hair below 0, which is nothing. */
export const skill = (value) => percent(value === null ? null : Math.round(value * 1000) / 1000 || 0);

export const times = (value, digits = 1) => (value === null || value === undefined ? NOTHING : `${count(value, digits)}×`);
