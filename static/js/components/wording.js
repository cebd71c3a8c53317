/** Names of the data in words. */

import { format } from "../format.js";

const WORDS = {
  visitor: { new: "New", returning: "Returning" },
  preset: { general: "General", marketing: "Marketing", ux: "User experience", churn: "Churn", merchandising: "Merchandising" },
  dimension: {
    device: "Device",
    country: "Country",
    channel: "Channel",
    visitor: "New or returning",
    variant: "Variant",
  },
};

/** @param {string} name "add_to_cart" -> "Add to cart" */
export function wording(name) {
  const text = name.replaceAll("_", " ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** A dimension's value as a reader says it; the shop's own words stay as they are. */
export function valueName(dimension, value) {
  if (dimension === "country") return format.country(value);
  return WORDS[dimension]?.[value] ?? value;
}

export function dimensionName(dimension) {
  return WORDS.dimension[dimension];
}
