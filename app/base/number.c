#include "base/number.h"

/* UINT64_MAX has 20. */
#define DIGITS_MAX (NUMBER_TEXT_BYTES - 1)

bool
number_parse(const char *digits, size_t length, uint64_t minimum,
    uint64_t maximum, uint64_t *number)
{
	uint64_t value = 0;

	if (length == 0 || length > DIGITS_MAX)
		return false;
	if (digits[0] == '0' && length > 1)
		return false;
	for (size_t i = 0; i < length; i++) {
		uint64_t digit;

		if (digits[i] < '0' || digits[i] > '9')
			return false;
		digit = (uint64_t)(digits[i] - '0');
		if (value > (UINT64_MAX - digit) / 10)
			return false;
		value = value * 10 + digit;
	}
	if (value < minimum || value > maximum)
		return false;
	*number = value;
	return true;
}

size_t
number_write(uint64_t number, char text[NUMBER_TEXT_BYTES])
{
	size_t length = 1;

	for (uint64_t rest = number; rest >= 10; rest /= 10)
		length++;
	text[length] = '\0';
	for (size_t i = length; i-- > 0; number /= 10)
		text[i] = (char)('0' + number % 10);
	return length;
}

uint64_t
number_of_pages(uint64_t total, uint64_t size)
{
	return total == 0 ? 1 : (total - 1) / size + 1;
}
