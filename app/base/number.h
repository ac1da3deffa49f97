/*
 * Numbers from outside: one parser, with a range; and their digits. Not for
 * hexadecimal, signs or fractions.
 */
#ifndef MADANG_BASE_NUMBER_H
#define MADANG_BASE_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Reads length bytes of decimal digits into *number. False, and *number
 * untouched, unless they are canonical (no sign, space or leading zero) and
 * minimum <= number <= maximum.
 */
bool number_parse(const char *digits, size_t length, uint64_t minimum,
    uint64_t maximum, uint64_t *number);

#define NUMBER_TEXT_BYTES 21 /* the digits of UINT64_MAX, and a NUL */

/*
 * Writes it in decimal digits; how many they are. A page of a list does so some
 * hundred times: printf takes ten times as long.
 */
size_t number_write(uint64_t number, char text[NUMBER_TEXT_BYTES]);

/* How many pages of so many (1 or more) a total makes: one, if it is none. */
uint64_t number_of_pages(uint64_t total, uint64_t size);

#endif
