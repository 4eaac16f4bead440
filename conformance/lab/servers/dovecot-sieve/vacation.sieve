require "vacation";

vacation :days 7 "I am on holiday and read this later.";
