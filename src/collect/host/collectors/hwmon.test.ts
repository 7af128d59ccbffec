import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makeFakeHost, type FakeHost } from '../fake-host.ts'
import { hwmon } from './hwmon.ts'

let host: FakeHost
beforeEach(() => (host = makeFakeHost()))
afterEach(() => host.remove())

const chip = (number: number, device: string, files: Record<string, string>) => ({
  [`sys/class/hwmon/hwmon${number}`]: { link: `../../devices/${device}/hwmon/hwmon${number}` },
  [`sys/devices/${device}/hwmon/hwmon${number}/device`]: { link: '../..' },
  ...Object.fromEntries(
    Object.entries(files).map(([name, text]) => [
      `sys/devices/${device}/hwmon/hwmon${number}/${name}`,
      `${text}\n`,
    ]),
  ),
})

describe('sensors', () => {
  it('have units by their type', async () => {
    host.write(
      chip(0, 'platform/board.1', {
        name: 'nct6779',
        temp1_input: '42500',
        temp1_label: 'CPU Die',
        temp1_crit_alarm: '0',
        temp1_type: '3',
        in0_input: '1128',
        fan1_input: '1098',
        fan1_div: '8',
        pwm1: '153',
        pwm1_enable: '5',
        curr1_max: '2000',
        power1_average: '75000000',
        power1_average_interval: '1000',
        power1_accuracy: '990000',
        energy1_input: '5000000',
        humidity1_input: '450000',
        freq1_input: '1500000000',
        freq1_label: 'sclk',
        intrusion0_alarm: '1',
        vrm: '100',
        beep_enable: '1',
        update_interval: '1000',
        in0_beep: '0',
        fan2_input: 'broken',
        uevent: 'x',
      }),
    )
    const at = (sensor: string): string => `{chip=platform_board_1,sensor=${sensor}}`
    expect(await host.start(hwmon)()).toEqual([
      `node_hwmon_beep_enabled${at('beep_enable0')} 1`,
      'node_hwmon_chip_names{chip=platform_board_1,chip_name=nct6779} 1',
      `node_hwmon_curr_max_amps${at('curr1')} 2`,
      `node_hwmon_energy_joule_total${at('energy1')} 5`,
      `node_hwmon_fan_div${at('fan1')} 8`,
      `node_hwmon_fan_rpm${at('fan1')} 1098`,
      `node_hwmon_freq_freq_mhz${at('sclk')} 1500`,
      `node_hwmon_humidity${at('humidity1')} 0.45`,
      `node_hwmon_in_beep_enabled${at('in0')} 0`,
      `node_hwmon_in_volts${at('in0')} ${1128 * 0.001}`,
      `node_hwmon_intrusion_alarm${at('intrusion0')} 1`,
      `node_hwmon_power_accuracy${at('power1')} 0.99`,
      `node_hwmon_power_average_interval_seconds${at('power1')} 1`,
      `node_hwmon_power_average_watt${at('power1')} 75`,
      `node_hwmon_pwm${at('pwm1')} 153`,
      `node_hwmon_pwm_enable${at('pwm1')} 5`,
      'node_hwmon_sensor_label{chip=platform_board_1,label=sclk,sensor=freq1} 1',
      'node_hwmon_sensor_label{chip=platform_board_1,label=CPU Die,sensor=temp1} 1',
      `node_hwmon_temp_celsius${at('temp1')} 42.5`,
      `node_hwmon_temp_crit_alarm_celsius${at('temp1')} 0`,
      `node_hwmon_temp_type${at('temp1')} 3`,
      `node_hwmon_update_interval_seconds${at('update_interval0')} 1`,
      `node_hwmon_voltage_regulator_version${at('vrm0')} 100`,
    ])
  })

  it('of one device are told apart by the chips names, else by their folders', async () => {
    host.write({
      ...chip(0, 'platform/asus', { name: 'fans', temp1_input: '1000' }),
      ...chip(1, 'platform/asus', { name: 'wmi', temp1_input: '2000' }),
      ...chip(2, 'pci/gpu', { name: 'same', temp1_input: '3000' }),
      ...chip(3, 'pci/gpu', { name: 'same', temp1_input: '4000' }),
    })
    const lines = await host.start(hwmon)()
    expect(lines.filter((line) => line.includes('celsius'))).toEqual([
      'node_hwmon_temp_celsius{chip=platform_asus_fans,sensor=temp1} 1',
      'node_hwmon_temp_celsius{chip=platform_asus_wmi,sensor=temp1} 2',
      'node_hwmon_temp_celsius{chip=pci_gpu_hwmon2,sensor=temp1} 3',
      'node_hwmon_temp_celsius{chip=pci_gpu_hwmon3,sensor=temp1} 4',
    ])
  })

  it('can be filtered by chip and by sensor, and need no device', async () => {
    host.write({
      'sys/class/hwmon/hwmon0/name': 'acpitz\n',
      'sys/class/hwmon/hwmon0/temp1_input': '1000\n',
      'sys/class/hwmon/hwmon0/temp2_input': '2000\n',
      'sys/class/hwmon/hwmon1/temp1_input': '3000\n',
    })
    const temperatures = async (flags: [string, string][]): Promise<string[]> =>
      (await host.start(hwmon, new Map(flags))()).filter((line) => line.includes('celsius'))
    expect(await temperatures([])).toHaveLength(3)
    expect(
      await temperatures([
        ['collector.hwmon.chip-include', '^acpitz$'],
        ['collector.hwmon.sensor-exclude', '^acpitz;temp2$'],
      ]),
    ).toEqual(['node_hwmon_temp_celsius{chip=acpitz,sensor=temp1} 1'])
  })

  it('are no data where there are none', async () => {
    expect(await host.start(hwmon)()).toEqual(['error: there are no sensors'])
  })
})
