// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.30;

/// A price feed as consumers see one: rounds that a test sets as it likes, false ones too.
contract PriceFeed {
    struct Round {
        int256 answer;
        uint256 updatedAt;
        uint80 answeredIn;
    }

    string public description;
    uint8 public decimals;
    uint80 public newest;
    mapping(uint80 => Round) private rounds;

    constructor(string memory description_, uint8 decimals_) {
        description = description_;
        decimals = decimals_;
    }

    function set(uint80 number, int256 answer, uint256 updatedAt, uint80 answeredIn) external {
        rounds[number] = Round(answer, updatedAt, answeredIn);
        newest = number;
    }

    function latestRoundData() external view returns (uint80, int256, uint256, uint256, uint80) {
        return read(newest);
    }

    function getRoundData(uint80 number)
        external
        view
        returns (uint80, int256, uint256, uint256, uint80)
    {
        require(rounds[number].updatedAt != 0, "no such round");
        return read(number);
    }

    function read(uint80 number)
        private
        view
        returns (uint80, int256, uint256, uint256, uint80)
    {
        Round storage found = rounds[number];
        return (number, found.answer, found.updatedAt, found.updatedAt, found.answeredIn);
    }
}
